import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { readFile } from 'node:fs/promises'

import type { Load } from '../../load/generator.ts'

/** Somebody who holds many connections and means no good; everything is gone when the attack is over. */
export type Attacker = {
  /** Connects, and says nothing. */
  tcp(count: number): Promise<Socket[]>
  /** Connects as the edge does, and is through with the handshake. */
  tls(count: number): Promise<TLSSocket[]>
  close(): void
}

export async function attacker({ to, name, certificate }: Load, from: string): Promise<Attacker> {
  const sockets = new Set<Socket>()
  const [cert, key] = certificate
    ? await Promise.all([readFile(certificate.chain), readFile(certificate.key)])
    : []
  const keep = <S extends Socket>(socket: S): S => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    return socket
  }
  const settled = (socket: Socket, event: string): Promise<void> =>
    new Promise((done) => socket.once(event, () => done()).once('close', () => done()))
  /** A few at a time, or the queue of the listener is what is tested. */
  const many = async <S extends Socket>(count: number, event: string, dial: () => S) => {
    const all: S[] = []
    while (all.length < count) {
      const some = Array.from({ length: Math.min(100, count - all.length) }, () => keep(dial()))
      await Promise.all(some.map((each) => settled(each, event)))
      all.push(...some)
    }
    return all
  }
  return {
    tcp: (count) => many(count, 'connect', () => connectTcp({ ...to, localAddress: from })),
    tls: (count) =>
      many(count, 'secureConnect', () =>
        connectTls({
          socket: connectTcp({ ...to, localAddress: from }),
          servername: name,
          rejectUnauthorized: false,
          ...(cert && key ? { cert, key } : {}),
        }),
      ),
    close() {
      for (const socket of sockets) socket.destroy()
    },
  }
}
