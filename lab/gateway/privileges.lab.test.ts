import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, suite, test } from 'node:test'

import { generate } from '../load/generator.ts'
import { makePlace, type Place } from '../load/place.ts'
import { tool } from '../toolbox/tool.ts'
import { startSubject } from './subject.ts'

// The gateway as nobody (65534), who may do nothing but listen on a port below 1024. Needs root to become nobody.

const compiler = await tool('cc')
const lowest = Number(await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))
const skip =
  ('missing' in compiler && compiler.missing) ||
  (lowest <= 443 && `everybody may listen on port ${lowest} here, which shows nothing`)

/** CAP_NET_BIND_SERVICE is the tenth (capabilities(7)). */
const bindOnly = 1n << 10n

const nobody = (capability: string): string[] => [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--no-new-privs',
  `--bounding-set=-all${capability}`,
  `--inh-caps=-all${capability}`,
  `--ambient-caps=-all${capability}`,
]

suite('without root', { skip }, () => {
  let place: Place
  before(async () => {
    place = await makePlace()
  })
  after(() => place.close())

  test('it listens on port 443 and serves with that one capability and no other', async (t) => {
    const subject = await startSubject(place, { port: 443, by: nobody(',+net_bind_service') })
    t.after(() => subject.close())
    const status = await readFile(`/proc/${subject.pid}/status`, 'utf8')
    assert.match(status, /^Uid:\s+65534\s+65534\s+65534\s+65534$/mu)
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
      assert.equal(
        BigInt(`0x${new RegExp(`^Cap${set}:\\s+([0-9a-f]+)$`, 'mu').exec(status)?.[1]}`),
        bindOnly,
        set,
      )
    const { answers, failures } = await generate('handshakes', place.load(443), { ms: 300 })
    assert.ok(answers > 0)
    assert.equal(failures, 0)
  })

  test('without it the port is refused, so it is this that lets it in', async () => {
    await assert.rejects(startSubject(place, { port: 443, by: nobody('') }), /did not start/u)
  })
})
