import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { makePlace, type Place } from '../../load/place.ts'
import { tool } from '../../toolbox/tool.ts'
import { attacker, type Attacker } from './attacker.ts'
import { meanwhile, saidOf } from './meanwhile.ts'
import { startSubject } from '../subject.ts'

// Whoever attacks here has got as far as one can: most of them come from the edge's addresses with our certificate. The
// figures are printed; what is asserted is that memory stays bounded and that honest visitors are served.

const compiler = await tool('cc')

/** Short, so that a test sees their end; the shipped ones are in `src/gateway/limits.ts`. */
const limits = {
  handshakeMs: 3000,
  headMs: 2000,
  bodyPatienceMs: 2000,
  stalledMs: 3000,
  failedHandshakesPerMinute: 1_000_000,
} as const

/** MiB that an attack may cost at its height, beyond what was there before. */
const bound = 160

const head = (line: string, fields: string): string =>
  `${line} HTTP/1.1\r\nHost: ha.example.com\r\nCF-Connecting-IP: 198.51.100.66\r\n${fields}`

type Attack = {
  readonly name: string
  readonly run: (attacker: Attacker) => Promise<void>
  /** At its end the gateway has none of its connections open any more. */
  readonly endsAll?: boolean
  readonly fromOutside?: boolean
}

const attacks: readonly Attack[] = [
  // To compare the others with: what honest visitors cost by themselves.
  { name: 'nobody attacks', run: () => sleep(5000) },
  {
    name: '300 heads, a byte every 200 ms',
    endsAll: true,
    async run(them) {
      const sockets = await them.tls(300)
      const text = head('GET / HTTP/1.1'.slice(0, 5), `X: ${'y'.repeat(1000)}`)
      for (let i = 0; i < 25; i++) {
        for (const socket of sockets) if (!socket.destroyed) socket.write(text[i] ?? 'y')
        await sleep(200)
      }
    },
  },
  {
    name: '300 bodies, a byte every 200 ms',
    endsAll: true,
    async run(them) {
      const sockets = await them.tls(300)
      for (const socket of sockets) socket.write(head('POST /', 'Content-Length: 1000000\r\n\r\n'))
      for (let i = 0; i < 35; i++) {
        for (const socket of sockets) if (!socket.destroyed) socket.write('x')
        await sleep(200)
      }
    },
  },
  {
    name: '200 readers of 100 MB who take nothing',
    endsAll: true,
    async run(them) {
      const sockets = await them.tls(200)
      for (const socket of sockets) {
        socket.pause()
        socket.write(head('GET /bytes/100000000', '\r\n'))
      }
      await sleep(7000)
    },
  },
  {
    name: '10,000 half-open handshakes from one address of the edge',
    endsAll: true,
    async run(them) {
      await them.tcp(10_000)
      await sleep(3500)
    },
  },
  {
    name: '10,000 connections of strangers',
    endsAll: true,
    fromOutside: true,
    async run(them) {
      await them.tcp(10_000)
      await sleep(200)
    },
  },
  {
    name: '100 heads without end',
    endsAll: true,
    async run(them) {
      const sockets = await them.tls(100)
      const line = `X: ${'y'.repeat(1000)}\r\n`
      for (const socket of sockets) {
        socket.write(head('GET /', ''))
        for (let i = 0; i < 64; i++) socket.write(line)
      }
      await sleep(3000)
    },
  },
  {
    name: '100 connections with 1,000 requests each, one behind the other, and no interest in the answers',
    endsAll: true,
    async run(them) {
      const sockets = await them.tls(100)
      const many = head('GET /bytes/65536', '\r\n').repeat(1000)
      for (const socket of sockets) {
        socket.pause()
        socket.write(many)
      }
      await sleep(7000)
    },
  },
  {
    name: '200 upgrades that speak before they are answered, and 50 WebSockets that send and never read',
    async run(them) {
      const shake = head(
        'GET /api/websocket',
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      )
      const frame = Buffer.concat([
        Buffer.from([0x82, 0xfe, 0x20, 0x00, 0, 0, 0, 0]),
        Buffer.alloc(8192),
      ])
      const early = await them.tls(200)
      for (const socket of early) socket.write(Buffer.concat([Buffer.from(shake), frame]))
      const deaf = await them.tls(50)
      for (const socket of deaf) {
        socket.pause()
        socket.write(shake)
      }
      await sleep(300)
      for (const socket of deaf) for (let i = 0; i < 500; i++) socket.write(frame)
      await sleep(5000)
      for (const socket of early) assert.ok(socket.destroyed, 'it spoke too early and stayed')
    },
  },
]

suite(
  'abuse, with honest visitors meanwhile',
  { skip: 'missing' in compiler && compiler.missing },
  () => {
    let place: Place
    before(async () => {
      place = await makePlace()
    })
    after(() => place.close())

    for (const { name, run, endsAll = false, fromOutside = false } of attacks) {
      test(name, async (t) => {
        const subject = await startSubject(place, { limits })
        t.after(() => subject.close())
        const load = place.load(subject.port, fromOutside ? 'from-outside' : undefined)
        // Another address than the honest visitors', so that its connections can be counted.
        const from = fromOutside ? load.from : load.from.replace(/\d+$/u, '16')
        const them = await attacker(load, from)
        let left = 0
        const noticed = await meanwhile(place, subject, async () => {
          try {
            await run(them)
            left = subject.openFrom(from)
          } finally {
            them.close()
          }
        })
        const { refused } = await subject.counters()
        const reasons = Object.entries(refused).filter(([, count]) => count > 0)
        t.diagnostic(
          `${saidOf(noticed)}; refused ${reasons.map(([why, count]) => `${why} ${count}`).join(', ') || 'nobody'}; ${left} of theirs left open`,
        )
        assert.equal(noticed.failed, 0, 'a kept visitor was not answered')
        assert.equal(noticed.turnedAway, 0, 'a new visitor was turned away')
        assert.ok(noticed.answered > 0 && noticed.welcomed > 0)
        assert.ok(
          noticed.peakMiB - noticed.beforeMiB < bound,
          `memory grew to ${noticed.peakMiB} MiB`,
        )
        if (endsAll) assert.equal(left, 0)
      })
    }
  },
)
