import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { tool } from '../../toolbox/tool.ts'
import { startServer, type StartContender } from './contender.ts'
import type { Place } from '../../load/place.ts'

export const nginx =
  (which: 'nginx' | 'nginx-1.22'): StartContender =>
  async (place, port) => {
    const found = await tool(which)
    if ('missing' in found) throw new Error(found.missing)
    const room = await place.room(which)
    const install = async ({ certificatePem, keyPem }: Place['certificate']) => {
      await writeFile(join(room, 'chain.pem'), certificatePem)
      await writeFile(join(room, 'key.pem'), keyPem)
    }
    await install(place.certificate)
    await writeFile(join(room, 'nginx.conf'), configuration(place, room, port))
    const command = [...found.command, '-p', room, '-c', join(room, 'nginx.conf')]
    const child = await startServer(command, { host: place.host, port })
    return {
      port,
      child,
      version: found.version,
      async swap(to) {
        await install(to)
        const asked = process.hrtime.bigint()
        child.process.kill('SIGHUP')
        return asked
      },
    }
  }

/** One worker; buffers that hold a whole answer of 64 KB and never touch the disk; nothing else that costs. */
const configuration = (
  { name, host, ranges, pulls, upstream }: Place,
  room: string,
  port: number,
): string => `
daemon off;
user root;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${room}/nginx.pid;
error_log ${room}/error.log crit;
events { worker_connections 9000; }
http {
  access_log off;
  client_body_temp_path ${room}/body;
  proxy_temp_path ${room}/proxy;
  fastcgi_temp_path ${room}/fastcgi;
  uwsgi_temp_path ${room}/uwsgi;
  scgi_temp_path ${room}/scgi;
  server_tokens off;
  tcp_nodelay on;
  keepalive_timeout 900s;
  keepalive_requests 100000000;
  client_max_body_size 0;
  proxy_buffer_size 16k;
  proxy_buffers 16 32k;
  proxy_busy_buffers_size 256k;
  proxy_max_temp_file_size 0;
  upstream home {
    server ${upstream.host}:${upstream.port};
    keepalive 512;
    keepalive_requests 100000000;
  }
  map $http_upgrade $upgrade_or_none {
    default upgrade;
    '' '';
  }
  server {
    listen ${host}:${port} ssl default_server backlog=4096;
    ssl_reject_handshake on;
    ssl_protocols TLSv1.3;
  }
  server {
    listen ${host}:${port} ssl;
    server_name ${name};
    ssl_certificate ${room}/chain.pem;
    ssl_certificate_key ${room}/key.pem;
    ssl_protocols TLSv1.3;
    ssl_session_cache shared:sessions:10m;
    ssl_client_certificate ${pulls.authorityFile};
    ssl_verify_client on;
${[...ranges.ipv4, ...ranges.ipv6].map((range) => `    allow ${range};`).join('\n')}
    deny all;
    location / {
      proxy_pass http://home;
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $upgrade_or_none;
      proxy_set_header X-Forwarded-For $http_cf_connecting_ip;
      proxy_set_header X-Forwarded-Proto https;
      proxy_read_timeout 900s;
    }
  }
}
`
