import { createSocket, type Socket as Udp } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

import {
  decode,
  encode,
  streamEncode,
  AUTHORITATIVE_ANSWER,
  RECURSION_AVAILABLE,
  TRUNCATED_RESPONSE,
  type Answer,
  type Packet,
} from 'dns-packet'

/** What a name server says to one question. */
export type Said = {
  readonly answers: readonly Answer[]
  readonly authorities?: readonly Answer[]
  readonly authoritative: boolean
  readonly code: 'NOERROR' | 'NXDOMAIN' | 'REFUSED' | 'SERVFAIL'
  /** No answer at all: a server that is down. */
  readonly silent?: boolean
}

export type NameServer = {
  readonly host: string
  readonly port: number
  queries: number
  close(): Promise<void>
}

const rcodes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const

/** One name server on UDP and TCP at the same port. Answers over 1,232 bytes are truncated on UDP (DNS flag day 2020). */
export async function startNameServer(
  host: string,
  port: number,
  /** `peer` is the address of whoever asks. */
  say: (name: string, type: string, klass: string, peer: string) => Said,
): Promise<NameServer> {
  const udp = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', reuseAddr: true })
  const tcp = createServer((socket) => serveTcp(socket))
  const handle: NameServer = { host, port, queries: 0, close }

  const respond = (query: Packet, peer: string): Packet | undefined => {
    const question = query.questions?.[0]
    if (!question) return undefined
    handle.queries++
    const said = say(question.name.toLowerCase(), question.type, question.class ?? 'IN', peer)
    if (said.silent === true) return undefined
    return {
      id: query.id ?? 0,
      type: 'response',
      flags: (said.authoritative ? AUTHORITATIVE_ANSWER : RECURSION_AVAILABLE) | rcodes[said.code],
      questions: [question],
      answers: [...said.answers],
      authorities: [...(said.authorities ?? [])],
    }
  }
  function serveTcp(socket: Socket): void {
    let received = Buffer.alloc(0)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const size = received.readUInt16BE(0)
        const response = respond(decode(received.subarray(2, 2 + size)), socket.remoteAddress ?? '')
        received = received.subarray(2 + size)
        if (response) socket.write(streamEncode(response))
      }
    })
  }
  udp.on('message', (message, peer) => {
    try {
      const response = respond(decode(message), peer.address)
      if (!response) return
      let bytes = encode(response)
      if (bytes.length > 1232)
        bytes = encode({
          ...response,
          answers: [],
          flags: (response.flags ?? 0) | TRUNCATED_RESPONSE,
        })
      udp.send(bytes, peer.port, peer.address)
    } catch {
      // A real server drops what it cannot read.
    }
  })
  async function close(): Promise<void> {
    await Promise.all([
      new Promise<void>((resolve) => udp.close(() => resolve())),
      new Promise<void>((resolve) => tcp.close(() => resolve())),
    ])
  }

  await listenOnBoth(tcp, udp, host, port)
  return Object.assign(handle, { port: udp.address().port })
}

/** Somebody else may have the free TCP port over UDP: then another one is taken. */
async function listenOnBoth(tcp: Server, udp: Udp, host: string, port: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    tcp.listen(port, host)
    await once(tcp, 'listening')
    try {
      udp.bind((tcp.address() as AddressInfo).port, host)
      await once(udp, 'listening')
      return
    } catch (error) {
      tcp.close()
      await once(tcp, 'close')
      if (port !== 0 || tries === 20) throw error
    }
  }
}
