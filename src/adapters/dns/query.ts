import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'

import {
  decode,
  encode,
  streamEncode,
  type Answer,
  type DecodedPacket,
  type Packet,
  type RecordType,
} from 'dns-packet'

import { Problem } from '../../core/problem.ts'

/** `host` is an address, never a name: asking for it would be another look-up. */
export type DnsServer = { readonly host: string; readonly port: number }

export type DnsAnswer = {
  /** From the authority itself (the AA bit, RFC 1035 section 4.1.1), not from a cache or an interceptor. */
  readonly authoritative: boolean
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL` … */
  readonly code: string
  readonly answers: readonly Answer[]
}

export type Question = {
  readonly name: string
  readonly type: RecordType
  /** `CH` for whoami. */
  readonly class?: 'IN' | 'CH'
  readonly recursive: boolean
}

const tries = 3
const perTryMs = 1500

/**
 * Asks one server by UDP, by TCP when the answer was cut (RFC 7766). A lost datagram is sent again.
 *
 * Throws Problem `dns/no-answer`. An answer to another question, or unreadable bytes, are not answers.
 */
export async function queryDns(
  server: DnsServer,
  question: Question,
  signal: AbortSignal,
): Promise<DnsAnswer> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    const packet = packetFor(question)
    const answer = await overUdp(server, packet, signal)
    if (answer === undefined && attempt < tries) continue
    const whole =
      answer === undefined || answer.flag_tc ? await overTcp(server, packet, signal) : answer
    if (whole) return shaped(whole)
    throw new Problem(
      'dns/no-answer',
      `the name server ${server.host}:${server.port} does not answer`,
      {
        hint: 'check that this network lets DNS out (port 53, UDP and TCP)',
      },
    )
  }
}

function packetFor({ name, type, class: klass, recursive }: Question): Packet & { id: number } {
  return {
    type: 'query',
    // Unpredictable, so that nobody off the path can answer in the server's place (RFC 5452 section 4.3).
    id: randomInt(65_536),
    // RD (RFC 1035): only a recursive resolver is asked to look further.
    flags: recursive ? 0x0100 : 0,
    questions: [{ name, type, class: klass ?? 'IN' }],
  }
}

const shaped = (packet: DecodedPacket): DnsAnswer => ({
  authoritative: packet.flag_aa,
  // dns-packet names the code at run time; its types leave it out.
  code: 'rcode' in packet && typeof packet.rcode === 'string' ? packet.rcode : 'NOERROR',
  answers: packet.answers ?? [],
})

function readAnswer(bytes: Buffer, asked: Packet & { id: number }): DecodedPacket | undefined {
  try {
    const packet = decode(bytes)
    const question = packet.questions?.[0]
    const wanted = asked.questions?.[0]
    const mine =
      packet.type === 'response' &&
      packet.id === asked.id &&
      question?.type === wanted?.type &&
      question?.class === wanted?.class &&
      question?.name.toLowerCase() === wanted?.name.toLowerCase()
    return mine ? packet : undefined
  } catch {
    return undefined
  }
}

function overUdp(
  server: DnsServer,
  packet: Packet & { id: number },
  signal: AbortSignal,
): Promise<DecodedPacket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(server.host.includes(':') ? 'udp6' : 'udp4')
    const finish = (answer: DecodedPacket | undefined) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      socket.removeAllListeners()
      socket.on('error', () => undefined)
      socket.close()
      resolve(answer)
    }
    const stop = () => finish(undefined)
    const timer = setTimeout(stop, perTryMs)
    signal.addEventListener('abort', stop)
    socket.on('error', stop)
    socket.on('message', (bytes) => {
      const answer = readAnswer(bytes, packet)
      if (answer) finish(answer)
    })
    // A connected socket only hears its peer, and learns at once that nobody is there.
    socket.connect(server.port, server.host, (error?: Error) => {
      if (error) stop()
      else socket.send(encode(packet))
    })
  })
}

function overTcp(
  server: DnsServer,
  packet: Packet & { id: number },
  signal: AbortSignal,
): Promise<DecodedPacket | undefined> {
  return new Promise((resolve) => {
    // The deadline covers the whole answer: a server that drips bytes would never be idle.
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(perTryMs * 2)])
    const socket = connect({ host: server.host, port: server.port, signal: deadline })
    let received = Buffer.alloc(0)
    const finish = (answer: DecodedPacket | undefined) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => socket.write(streamEncode(packet)))
    socket.on('error', () => finish(undefined))
    socket.on('close', () => finish(undefined))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        finish(readAnswer(received.subarray(2, 2 + received.readUInt16BE(0)), packet))
      }
    })
  })
}
