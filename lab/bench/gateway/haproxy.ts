import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'

import { tool } from '../../toolbox/tool.ts'
import { startServer, type StartContender } from './contender.ts'
import type { Place } from '../../load/place.ts'

export const haproxy =
  (which: 'haproxy' | 'haproxy-2.6'): StartContender =>
  async (place, port) => {
    const found = await tool(which)
    if ('missing' in found) throw new Error(found.missing)
    const room = await place.room(which)
    const pair = join(room, 'pair.pem')
    await writeFile(pair, both(place.certificate))
    await writeFile(
      join(room, 'ranges'),
      [...place.ranges.ipv4, ...place.ranges.ipv6].join('\n').concat('\n'),
    )
    await writeFile(join(room, 'haproxy.cfg'), configuration(place, room, port))
    const child = await startServer([...found.command, '-f', join(room, 'haproxy.cfg')], {
      host: place.host,
      port,
    })
    return {
      port,
      child,
      version: found.version,
      /** Its runtime API; a reload would start another process. */
      async swap(to) {
        await writeFile(pair, both(to))
        const asked = process.hrtime.bigint()
        await tell(join(room, 'admin'), `set ssl cert ${pair} <<\n${both(to)}\n`)
        await tell(join(room, 'admin'), `commit ssl cert ${pair}\n`)
        return asked
      },
    }
  }

const both = ({ certificatePem, keyPem }: Place['certificate']): string =>
  `${certificatePem.trim()}\n${keyPem.trim()}\n`

async function tell(socketFile: string, command: string): Promise<void> {
  const socket = connect(socketFile)
  let said = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  socket.end(command)
  await once(socket, 'close')
  if (!/Transaction (?:created|updated)|Success/u.test(said))
    throw new Error(`haproxy: ${said.trim()}`)
}

const configuration = (
  { name, host, pulls, upstream }: Place,
  room: string,
  port: number,
): string => `
global
  nbthread 1
  maxconn 9000
  stats socket ${room}/admin mode 600 level admin
  tune.ssl.cachesize 20000

defaults
  mode http
  maxconn 9000
  timeout connect 5s
  timeout client 900s
  timeout server 900s
  timeout tunnel 900s
  timeout http-request 15s
  backlog 4096

frontend edge
  bind ${host}:${port} ssl crt ${room}/pair.pem ca-file ${pulls.authorityFile} verify required strict-sni ssl-min-ver TLSv1.3 alpn http/1.1
  tcp-request connection reject unless { src -f ${room}/ranges }
  http-request deny unless { hdr(host) -i ${name} }
  http-request set-header X-Forwarded-For %[req.hdr(cf-connecting-ip)]
  http-request set-header X-Forwarded-Proto https
  default_backend home

backend home
  http-reuse always
  server home ${upstream.host}:${upstream.port} pool-max-conn 512 pool-purge-delay 900s
`
