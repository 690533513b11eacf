import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { z } from 'zod'

// bare-forwarder.ts SETTINGS: TLS with the client certificate, and what Node needs to carry bytes to the upstream and back.

const settings = z
  .object({
    host: z.string(),
    port: z.number(),
    upstream: z.object({ host: z.string(), port: z.number() }),
    chain: z.string(),
    key: z.string(),
    authority: z.string(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''))

/** A connection to the upstream, whom it serves at the moment, and what the first bytes for that one were. */
type Home = {
  readonly socket: Socket
  visitor: TLSSocket | undefined
  answers: 'nothing yet' | 'HTTP' | 'WebSocket'
}

/** The one look at what is passed on: a connection that became a WebSocket is of no use to anybody else. */
const switching = Buffer.from('HTTP/1.1 101')

/** As the gateway reads: one piece of memory for all, gone through before the next read. */
const memory = Buffer.allocUnsafeSlow(262_144)
const idle: Home[] = []

function openHome(): Home {
  const home: Home = {
    visitor: undefined,
    answers: 'nothing yet',
    socket: connect({
      ...settings.upstream,
      noDelay: true,
      onread: {
        buffer: memory,
        callback(count) {
          const { visitor } = home
          if (!visitor) return true
          const piece = memory.subarray(0, count)
          if (home.answers === 'nothing yet')
            home.answers =
              piece.compare(switching, 0, 12, 0, Math.min(count, 12)) === 0 ? 'WebSocket' : 'HTTP'
          const free = visitor.write(visitor.writableLength === 0 ? piece : Buffer.from(piece))
          if (!free) home.socket.pause()
          return true
        },
      },
    }),
  }
  home.socket.on('drain', () => home.visitor?.resume())
  home.socket.on('error', () => home.visitor?.destroy())
  return home
}

const credentials = () => ({
  cert: readFileSync(settings.chain),
  key: readFileSync(settings.key),
  ca: readFileSync(settings.authority),
  minVersion: 'TLSv1.3' as const,
})

const server = createServer({ ...credentials(), requestCert: true, noDelay: true }, (visitor) => {
  const home = idle.pop() ?? openHome()
  home.visitor = visitor
  home.answers = 'nothing yet'
  visitor.on('data', (bytes: Buffer) => {
    if (!home.socket.write(bytes)) visitor.pause()
  })
  visitor.on('drain', () => home.socket.resume())
  visitor.on('error', () => visitor.destroy())
  visitor.on('close', () => {
    home.visitor = undefined
    if (home.answers === 'WebSocket') home.socket.destroy()
    if (home.socket.destroyed) return
    home.socket.resume()
    idle.push(home)
  })
})
process.on('SIGHUP', () => server.setSecureContext(credentials()))
server.listen(settings.port, settings.host)
