import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Gateway } from '../../src/gateway/gateway.ts'
import type { Limits } from '../../src/gateway/limits.ts'
import { pinned } from '../load/pinned.ts'
import { gatewayProcessor, type Place } from '../load/place.ts'

type Counters = ReturnType<Gateway['counters']>

/** A gateway in a process of its own, so that its memory is its own. */
export type Subject = {
  readonly port: number
  readonly pid: number
  /** MiB that are resident now. */
  rssMiB(): number
  counters(): Promise<Counters>
  /** How many connections from that address it has open. */
  openFrom(address: string): number
  close(): Promise<void>
}

export type SubjectSetup = {
  readonly host: string
  readonly name: string
  readonly chainPem: string
  readonly keyPem: string
  readonly authorityPem: string
  readonly ranges: readonly string[]
  readonly upstream: string
  readonly limits: Partial<Limits>
  readonly port: number
  /** Served without a client certificate. */
  readonly local: readonly string[]
}

export async function startSubject(
  place: Place,
  how: {
    readonly limits?: Partial<Limits>
    readonly upstream?: string
    readonly port?: number
    readonly local?: readonly string[]
    /** A command that runs another in its place: as somebody else, say. */
    readonly by?: readonly string[]
  } = {},
): Promise<Subject> {
  const setup: SubjectSetup = {
    host: place.host,
    name: place.name,
    chainPem: place.certificate.certificatePem,
    keyPem: place.certificate.keyPem,
    authorityPem: place.pulls.authorityPem,
    ranges: [...place.ranges.ipv4, ...place.ranges.ipv6],
    upstream: how.upstream ?? place.upstream.url,
    limits: how.limits ?? {},
    port: how.port ?? 0,
    local: how.local ?? [],
  }
  const file = join(import.meta.dirname, 'subject-process.ts')
  const [program = '', ...words] = pinned(gatewayProcessor, [
    ...(how.by ?? []),
    process.execPath,
    file,
    JSON.stringify(setup),
  ])
  const child = spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit').then(() => {
    throw new Error('the gateway did not start')
  })
  ended.catch(() => undefined)
  const [port] = (await Promise.race([once(child, 'message'), ended])) as [number]
  return {
    port,
    pid: child.pid ?? 0,
    rssMiB() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+)/u.exec(status)?.[1] ?? 0) / 1024
    },
    openFrom(address) {
      const [theirs, ours] = [hex(address), port.toString(16).toUpperCase().padStart(4, '0')]
      // Local and remote address and port, then the state: 01 is established (proc(5), /proc/net/tcp).
      const line = new RegExp(`^ *\\d+: [0-9A-F]{8}:${ours} ${theirs}:[0-9A-F]{4} 01 `, 'gmu')
      return [...readFileSync('/proc/net/tcp', 'utf8').matchAll(line)].length
    },
    async counters() {
      const answer = once(child, 'message')
      child.send('counters')
      const [counters] = (await answer) as [Counters]
      return counters
    },
    async close() {
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}

/** As /proc/net/tcp writes it: the bytes in the machine's order. */
const hex = (address: string): string =>
  address
    .split('.')
    .toReversed()
    .map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, '0'))
    .join('')
