import { readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'

import { tool } from '../../toolbox/tool.ts'
import { startServer, type StartContender } from './contender.ts'
import type { Place } from '../../load/place.ts'

export const caddy =
  (which: 'caddy' | 'caddy-2.6'): StartContender =>
  async (place, port) => {
    const found = await tool(which)
    if ('missing' in found) throw new Error(found.missing)
    const room = await place.room(which)
    const install = async ({ certificatePem, keyPem }: Place['certificate']) => {
      await writeFile(join(room, 'chain.pem'), certificatePem)
      await writeFile(join(room, 'key.pem'), keyPem)
    }
    await install(place.certificate)
    const file = join(room, 'Caddyfile')
    await writeFile(file, configuration(place, room, port, which))
    const child = await startServer(
      [...found.command, 'run', '--config', file, '--adapter', 'caddyfile'],
      { host: place.host, port },
      { env: { HOME: room, XDG_DATA_HOME: room, XDG_CONFIG_HOME: room } },
    )
    return {
      port,
      child,
      version: found.version,
      /** What `caddy reload --force` does, without the start of a second program. */
      async swap(to) {
        await install(to)
        const text = await readFile(file, 'utf8')
        const asked = process.hrtime.bigint()
        await load(place.host, adminPort(port), text)
        return asked
      },
    }
  }

const load = (host: string, port: number, text: string): Promise<void> =>
  new Promise((done, fail) => {
    const headers = {
      'content-type': 'text/caddyfile',
      'cache-control': 'must-revalidate',
      // Any address of the loopback network may listen, but only this name may be asked for.
      host: `localhost:${port}`,
    }
    const asking = request({ host, port, path: '/load', method: 'POST', headers }, (answer) => {
      answer.resume()
      if (answer.statusCode === 200) answer.once('end', done)
      else fail(new Error(`caddy: the reload was answered with ${answer.statusCode}`))
    })
    asking.once('error', fail)
    asking.end(text)
  })

/** Caddy's own API, beside what it serves. */
const adminPort = (port: number): number => port + 2000

const configuration = (place: Place, room: string, port: number, which: string): string => {
  // Without it a reload drops every WebSocket; the older Caddy does not know it.
  const patience = which === 'caddy' ? 'stream_close_delay 15m' : ''
  const { name, host, ranges, pulls, upstream } = place
  return `
{
  admin ${host}:${adminPort(port)}
  auto_https off
  log {
    level ERROR
  }
  servers {
    protocols h1
  }
}
https://${name}:${port} {
  bind ${host}
  tls ${room}/chain.pem ${room}/key.pem {
    protocols tls1.3
    client_auth {
      mode require_and_verify
      trusted_ca_cert_file ${pulls.authorityFile}
    }
  }
  @outside not remote_ip ${[...ranges.ipv4, ...ranges.ipv6].join(' ')}
  abort @outside
  reverse_proxy ${upstream.host}:${upstream.port} {
    header_up X-Forwarded-For {http.request.header.CF-Connecting-IP}
    ${patience}
    transport http {
      keepalive 900s
      keepalive_idle_conns_per_host 512
    }
  }
}
`
}
