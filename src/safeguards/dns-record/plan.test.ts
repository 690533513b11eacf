import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { addressOf, type Address } from '../../core/address.ts'
import { absent, known, unknown, type Fact } from '../../core/fact.ts'
import type { ZoneState } from '../../core/zone.ts'
import { check } from './check.ts'
import { plan } from './plan.ts'
import { comment, isOurs, type Desired, type Do, type Found } from './types.ts'
import { undo } from './undo.ts'

const names = ['ha.example.com', 'example.com']
const active: ZoneState = { name: 'example.com', status: 'active', paused: false, type: 'full' }

const fact = (text: string): Fact<Address> => {
  const address = addressOf(text)
  return address ? known(address) : unknown('not an address')
}
const desired = (ipv4: Fact<Address>, ipv6: Fact<Address> = absent): Desired => ({
  names: ['ha.example.com'],
  addresses: { ipv4, ipv6 },
})
const record = (more: Partial<Found>): Found => ({
  id: '1',
  type: 'A',
  name: 'ha.example.com',
  content: '203.0.113.7',
  proxied: true,
  comment,
  ...more,
})

/** What the zone is after one step, as the API would have it. */
function after(records: readonly Found[], does: Do): Found[] {
  switch (does.verb) {
    case 'create':
      return [...records, { ...does.record, id: `new ${records.length} ${does.record.type}` }]
    case 'patch':
      return records.map((each) => (each.id === does.id ? { ...each, ...does.now } : each))
    case 'delete':
      return records.filter(({ id }) => id !== does.id)
  }
}

const addressIn = { A: (n: number) => `203.0.113.${n}`, AAAA: (n: number) => `2001:db8::${n}` }

const anyRecords: fc.Arbitrary<Found[]> = fc
  .array(
    fc.record({
      type: fc.constantFrom('A', 'AAAA', 'TXT', 'CNAME'),
      name: fc.constantFrom(...names, 'vpn.example.com'),
      n: fc.integer({ min: 1, max: 4 }),
      proxied: fc.boolean(),
      comment: fc.constantFrom(comment, 'gatehouse: by hand', '', 'mine'),
    }),
    { maxLength: 10 },
  )
  .map((given) =>
    given.map(({ n, ...each }, i) => ({
      ...each,
      id: String(i),
      content:
        each.type === 'A' || each.type === 'AAAA' ? addressIn[each.type](n) : 'else.example.net',
      proxied: each.proxied && each.type !== 'TXT',
    })),
  )
  // A CNAME stands alone at its name (RFC 1034 section 3.6.2): the API holds no other state.
  .map((given) => {
    const aliases = new Map(
      given.filter(({ type }) => type === 'CNAME').map(({ name, id }) => [name, id]),
    )
    return given.filter(({ name, id }) => !aliases.has(name) || aliases.get(name) === id)
  })

const anyFact = (text: (n: number) => string): fc.Arbitrary<Fact<Address>> =>
  fc.oneof(
    fc.integer({ min: 1, max: 4 }).map((n) => fact(text(n))),
    fc.constant(absent),
    fc.constant(unknown('no answer')),
  )
const anyDesired: fc.Arbitrary<Desired> = fc.record({
  names: fc.constantFrom(names, names.slice(0, 1)),
  addresses: fc.record({ ipv4: anyFact(addressIn.A), ipv6: anyFact(addressIn.AAAA) }),
})

const run = (wish: Desired, records: readonly Found[]): Found[][] => {
  const moments = [[...records]]
  for (const { does } of plan(wish, { zone: active, records }).steps)
    moments.push(after(moments.at(-1) ?? [], does))
  return moments
}

test('law: it settles', () => {
  fc.assert(
    fc.property(anyRecords, anyDesired, (records, wish) => {
      const end = run(wish, records).at(-1) ?? []
      assert.deepEqual(plan(wish, { zone: active, records: end }).steps, [])
    }),
  )
})

test('law: what is not ours is in every moment as it was', () => {
  fc.assert(
    fc.property(anyRecords, anyDesired, (records, wish) => {
      const foreign = (all: readonly Found[]) => all.filter((each) => !isOurs(each))
      const other = (all: readonly Found[]) => all.filter(({ name }) => !wish.names.includes(name))
      for (const moment of run(wish, records)) {
        assert.deepEqual(foreign(moment), foreign(records))
        assert.deepEqual(other(moment), other(records))
      }
    }),
  )
})

test('law: no step publishes an address in clear, and those that end it come first', () => {
  fc.assert(
    fc.property(anyRecords, anyDesired, (records, wish) => {
      const plain = (all: readonly Found[]) =>
        all.filter((each) => isOurs(each) && !each.proxied && wish.names.includes(each.name))
      const moments = run(wish, records).map((moment) =>
        plain(moment)
          .filter(({ type }) => type === 'A' || type === 'AAAA')
          .map(({ id, content }) => `${id} ${content}`),
      )
      const counts = moments.map(({ length }) => length)
      const [first = []] = moments
      assert.ok(moments.every((moment) => moment.every((each) => first.includes(each))))
      // Once a step does something else, nothing is exposed any more.
      const firstOther = counts.findIndex((count, i) => i > 0 && count === counts[i - 1])
      assert.ok(counts.slice(firstOther === -1 ? counts.length : firstOther).every((n) => n === 0))
    }),
  )
})

test('law: one record of ours per name and family at the end, at the home', () => {
  fc.assert(
    fc.property(anyRecords, anyDesired, (records, wish) => {
      const end = run(wish, records).at(-1) ?? []
      for (const name of wish.names) {
        for (const [family, type] of [['ipv4', 'A'] as const, ['ipv6', 'AAAA'] as const]) {
          const address = wish.addresses[family]
          const here = end.filter(
            (each) => isOurs(each) && each.name === name && each.type === type,
          )
          const shared = records.some((each) => !isOurs(each) && each.name === name)
          if (address.is === 'absent' && !shared) assert.deepEqual(here, [])
          if (address.is === 'known' && !shared) {
            assert.ok(here.length <= 1)
            assert.ok(here.every(({ content }) => content === address.value.text))
          }
        }
      }
    }),
  )
})

test('law: undone in reverse, the names lead where they led, and nothing is public that was not', () => {
  fc.assert(
    fc.property(anyRecords, anyDesired, (records, wish) => {
      const { steps } = plan(wish, { zone: active, records })
      let now = run(wish, records).at(-1) ?? []
      for (const { does } of steps.toReversed()) {
        for (const step of undo(does, { zone: active, records: now }).steps)
          now = after(now, step.does)
      }
      const leads = (all: readonly Found[]) =>
        new Set(all.filter(isOurs).map(({ type, name, content }) => `${type} ${name} ${content}`))
      // Of duplicates one comes back: two records of a name share its visitors.
      assert.ok([...leads(now)].every((each) => leads(records).has(each)))
      // Beside somebody else's record of the name nothing is put back.
      const shared = new Set(records.filter((each) => !isOurs(each)).map(({ name }) => name))
      const kept = (all: readonly Found[]) =>
        new Set(
          all
            .filter((each) => isOurs(each) && each.type !== 'CNAME' && !shared.has(each.name))
            .map(({ name, type }) => `${type} ${name}`),
        )
      assert.deepEqual(kept(now), kept(records))
      const plain = (all: readonly Found[]) => all.filter((each) => isOurs(each) && !each.proxied)
      assert.ok(plain(now).every(({ id }) => plain(records).some((each) => each.id === id)))
    }),
  )
})

test('a foreign record in the way is left, with the way out, and nothing is put beside it', () => {
  for (const type of ['A', 'AAAA', 'CNAME']) {
    const records = [record({ type, comment: '', content: '198.51.100.1' })]
    const { steps, left } = plan(desired(fact('203.0.113.7')), { zone: active, records })
    assert.deepEqual(steps, [])
    assert.match(left.join(), /not made by Gatehouse.*gatehouse: managed/)
  }
})

test("beside somebody else's record of the same address ours is only proxied again", () => {
  const records = [
    record({ comment: '', proxied: false }),
    record({ id: '2', content: '203.0.113.1', proxied: false }),
  ]
  const { steps, left } = plan(desired(fact('203.0.113.7')), { zone: active, records })
  assert.deepEqual(
    steps.map(({ does }) => does.verb === 'patch' && [does.id, does.now]),
    [['2', { proxied: true }]],
  )
  assert.match(left.join(), /has the address 203\.0\.113\.7 already/)
})

test("the record that keeps somebody else's plain one behind the edge stays", () => {
  const theirs = record({ comment: '', proxied: false })
  const ours = record({ id: '2', type: 'AAAA', content: '2001:db8::7' })
  const wish = desired(fact('203.0.113.7'), absent)
  assert.deepEqual(plan(wish, { zone: active, records: [theirs, ours] }).steps, [])
  const proxied = [{ ...theirs, proxied: true }, ours]
  assert.equal(plan(wish, { zone: active, records: proxied }).steps.length, 1)
})

test('law: a name that the edge answers for is answered by it at every moment', () => {
  fc.assert(
    fc.property(anyRecords, anyDesired, (records, wish) => {
      const addresses = (all: readonly Found[], name: string) =>
        all.filter((each) => each.name === name && ['A', 'AAAA'].includes(each.type))
      const open = (all: readonly Found[], name: string) =>
        addresses(all, name).length > 0 && addresses(all, name).every(({ proxied }) => !proxied)
      for (const name of wish.names) {
        if (open(records, name)) continue
        for (const moment of run(wish, records)) assert.ok(!open(moment, name))
      }
    }),
  )
})

test('a CNAME that was handed over makes way, and only where something takes its place', () => {
  const records = [record({ type: 'CNAME', content: 'old.example.net', proxied: false })]
  const observed = { zone: active, records }
  assert.deepEqual(
    plan(desired(fact('203.0.113.7')), observed).steps.map(({ does }) => does.verb),
    ['delete', 'create'],
  )
  assert.deepEqual(plan(desired(unknown('no answer')), observed).steps, [])
  const pending = { zone: { ...active, status: 'pending' }, records }
  assert.deepEqual(plan(desired(fact('203.0.113.7')), pending).steps, [])
})

test('an unknown address leaves the record, with the reason; only the proxy is put back', () => {
  const records = [record({ proxied: false, content: '203.0.113.1' })]
  const { steps, left } = plan(desired(unknown('no answer')), { zone: active, records })
  assert.deepEqual(
    steps.map(({ does }) => does.verb === 'patch' && does.now),
    [{ proxied: true }],
  )
  assert.match(left.join(), /left as it is: no answer/)
})

const codesOf = (
  wish: Desired,
  records: readonly Found[],
  zone: Partial<ZoneState> = {},
): string[] =>
  check(wish, { zone: { ...active, ...zone }, records }).map(
    ({ code, unseen }) => `${code}${unseen ? ' ?' : ''}`,
  )

const findings: readonly (readonly [
  string,
  Desired,
  readonly Found[],
  Partial<ZoneState>,
  string[],
])[] = [
  ['nothing wrong', desired(fact('203.0.113.7')), [record({})], {}, []],
  ['no record', desired(fact('203.0.113.7')), [], {}, ['dns/missing']],
  [
    'one family without its record',
    desired(fact('203.0.113.7'), fact('2001:db8::7')),
    [record({})],
    {},
    ['dns/missing'],
  ],
  [
    'a plain record',
    desired(fact('203.0.113.7')),
    [record({ proxied: false })],
    {},
    ['dns/not-proxied'],
  ],
  [
    'the old address',
    desired(fact('203.0.113.7')),
    [record({ content: '203.0.113.1' })],
    {},
    ['dns/wrong-address'],
  ],
  [
    'two records',
    desired(fact('203.0.113.7')),
    [record({}), record({ id: '2' })],
    {},
    ['dns/duplicate'],
  ],
  [
    "somebody else's record",
    desired(fact('203.0.113.7')),
    [record({ comment: '' })],
    {},
    ['dns/foreign-record'],
  ],
  [
    'no known address',
    desired(unknown('no answer')),
    [record({})],
    {},
    ['address/unknown', 'dns/wrong-address ?', 'dns/leaks-address ?'],
  ],
  ['a paused zone', desired(fact('203.0.113.7')), [record({})], { paused: true }, ['zone/paused']],
]
for (const [what, wish, records, zone, codes] of findings) {
  test(`findings: ${what}`, () => assert.deepEqual(codesOf(wish, records, zone), codes))
}

for (const status of ['pending', 'moved', 'deactivated', 'initializing']) {
  test(`findings: a zone that is ${status}`, () =>
    assert.deepEqual(codesOf(desired(fact('203.0.113.7')), [record({})], { status }), [
      'zone/not-active',
    ]))
}

test('findings: a zone that other name servers answer for', () => {
  for (const type of ['partial', 'secondary'])
    assert.deepEqual(codesOf(desired(fact('203.0.113.7')), [record({})], { type }), [
      'zone/partial',
    ])
})

test('a name two labels deep has no certificate at the edge', () => {
  const wish = { ...desired(fact('203.0.113.7')), names: ['ha.home.example.com'] }
  assert.deepEqual(codesOf(wish, [record({ name: 'ha.home.example.com' })]), [
    'dns/no-edge-certificate',
  ])
})
