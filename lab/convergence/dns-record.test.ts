import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import fc from 'fast-check'

import { cloudflareClient } from '../../src/adapters/cloudflare/client.ts'
import { zoneRecords } from '../../src/adapters/cloudflare/records.ts'
import { findZone } from '../../src/adapters/cloudflare/zones.ts'
import { addressOf, type Address } from '../../src/core/address.ts'
import { absent, known, unknown, type Fact } from '../../src/core/fact.ts'
import { reconcile } from '../../src/core/reconcile.ts'
import { Secret } from '../../src/core/secret.ts'
import { dnsRecord } from '../../src/safeguards/dns-record/dns-record.ts'
import type { Desired } from '../../src/safeguards/dns-record/types.ts'
import { startCloudflare } from '../simulators/cloudflare/cloudflare.ts'
import { newId, type DnsRecord } from '../simulators/cloudflare/state.ts'

const name = 'ha.example.com'
const home = (text: string): Fact<Address> => {
  const address = addressOf(text)
  return address ? known(address) : unknown('not an address')
}
const signal = new AbortController().signal
const yes = { approve: () => Promise.resolve(true) }

async function worldFor(t: TestContext) {
  const cloudflare = await startCloudflare()
  t.after(() => cloudflare.close())
  const account = cloudflare.account('home')
  const zone = cloudflare.zone('example.com', account)
  const token = cloudflare.token(account, ['zone:read', 'dns:edit'])
  const client = cloudflareClient({
    baseUrl: cloudflare.baseUrl,
    token: new Secret('token', token.value),
    now: () => new Date(),
    random: () => 0,
    rest: () => Promise.resolve(),
  })
  const found = await findZone(client, name, undefined, signal)
  const safeguard = dnsRecord({
    ...zoneRecords(client, found.id),
    zone: (s) => findZone(client, name, undefined, s),
  })
  return { cloudflare, zone, safeguard }
}

const desired = (more: Partial<Desired['addresses']> = {}): Desired => ({
  names: [name],
  addresses: { ipv4: home('203.0.113.7'), ipv6: absent, ...more },
})

const record = (more: Partial<DnsRecord>): DnsRecord => ({
  id: newId(),
  type: 'A',
  name,
  content: '203.0.113.7',
  proxied: true,
  ttl: 1,
  comment: null,
  createdOn: '',
  modifiedOn: '',
  ...more,
})

const shown = (records: readonly DnsRecord[]) =>
  records.map(
    (r) =>
      `${r.type} ${r.name} ${r.content} ${r.proxied ? 'proxied' : 'plain'}${r.comment === null ? '' : ' ours'}`,
  )

/** At no moment is the home's address published in clear at its name by a record of ours. */
function neverExposed(history: readonly (readonly DnsRecord[])[]) {
  for (const moment of history) {
    assert.ok(
      moment.every((r) => r.comment === null || r.proxied),
      JSON.stringify(moment),
    )
  }
}

test('from nothing to one proxied record per family, and then nothing to do', async (t) => {
  const { zone, safeguard } = await worldFor(t)
  const wish = desired({ ipv6: home('2001:db8::7') })
  assert.equal((await reconcile(safeguard, wish, yes, signal)).is, 'settled')
  assert.deepEqual(shown(zone.records), [
    'A ha.example.com 203.0.113.7 proxied ours',
    'AAAA ha.example.com 2001:db8::7 proxied ours',
  ])
  const again = await reconcile(
    safeguard,
    wish,
    { approve: () => Promise.reject(new Error('asked')) },
    signal,
  )
  assert.equal(again.is, 'settled')
  neverExposed(zone.history)
})

test('a new address changes the record in place; a lost family goes; an unknown one stays', async (t) => {
  const { zone, safeguard } = await worldFor(t)
  await reconcile(safeguard, desired({ ipv6: home('2001:db8::7') }), yes, signal)
  const { id } = zone.records[0] ?? { id: '' }
  await reconcile(
    safeguard,
    desired({ ipv4: home('203.0.113.8'), ipv6: unknown('no answer') }),
    yes,
    signal,
  )
  assert.deepEqual(shown(zone.records), [
    'A ha.example.com 203.0.113.8 proxied ours',
    'AAAA ha.example.com 2001:db8::7 proxied ours',
  ])
  assert.equal(zone.records[0]?.id, id)
  await reconcile(safeguard, desired({ ipv4: home('203.0.113.8') }), yes, signal)
  assert.deepEqual(shown(zone.records), ['A ha.example.com 203.0.113.8 proxied ours'])
})

const arbitraryZone: fc.Arbitrary<DnsRecord[]> = fc
  .array(
    fc.record({
      type: fc.constantFrom('A', 'AAAA', 'TXT', 'MX', 'CNAME'),
      name: fc.constantFrom(name, 'example.com', 'vpn.example.com', 'www.example.com'),
      host: fc.integer({ min: 1, max: 9 }),
      proxied: fc.boolean(),
      ours: fc.boolean(),
    }),
    { maxLength: 8 },
  )
  .map((given) => {
    // A CNAME stands alone at its name (RFC 1034 section 3.6.2), and no record is there twice.
    const possible = given
      .filter(({ type, name: at }) =>
        type === 'CNAME'
          ? given.find((each) => each.name === at)?.type === 'CNAME'
          : !given.some((each) => each.name === at && each.type === 'CNAME'),
      )
      .filter(
        ({ type, name: at }, i, all) =>
          type !== 'CNAME' || all.findIndex((each) => each.name === at) === i,
      )
    const records = possible.map(({ type, name: at, host, proxied, ours }) =>
      record({
        type,
        name: at,
        content:
          type === 'A'
            ? `203.0.113.${host}`
            : type === 'AAAA'
              ? `2001:db8::${host}`
              : type === 'TXT'
                ? `"${host}"`
                : 'elsewhere.example.net',
        proxied: proxied && !['TXT', 'MX'].includes(type),
        comment:
          ours && ['A', 'AAAA', 'CNAME'].includes(type) && at === name
            ? 'gatehouse: managed'
            : null,
      }),
    )
    const identical = (a: DnsRecord, b: DnsRecord) =>
      a.type === b.type && a.name === b.name && a.content === b.content
    return records.filter((each, i) => records.findIndex((b) => identical(each, b)) === i)
  })

const arbitraryIpv6 = fc.constantFrom(home('2001:db8::7'), absent, unknown('no answer'))

test('from any zone it settles, and what is not ours stays to the letter', async (t) => {
  const { zone, safeguard } = await worldFor(t)
  await fc.assert(
    fc.asyncProperty(arbitraryZone, arbitraryIpv6, async (records, ipv6) => {
      zone.records = records.map((each) => ({ ...each }))
      const foreign = JSON.stringify(zone.records.filter(({ comment }) => comment === null))
      const outcome = await reconcile(safeguard, desired({ ipv6 }), yes, signal)
      assert.equal(outcome.is, 'settled')
      assert.equal(JSON.stringify(zone.records.filter(({ comment }) => comment === null)), foreign)
      const ours = zone.records.filter(({ comment }) => comment !== null)
      assert.ok(ours.filter(({ type }) => type !== 'CNAME').every(({ proxied }) => proxied))
      assert.ok(ours.filter(({ type }) => type === 'A').length <= 1)
    }),
    { numRuns: 60 },
  )
})

test('from any zone, killed at any moment: nothing is exposed on the way, and the next run converges', async (t) => {
  const { cloudflare, zone, safeguard } = await worldFor(t)
  await fc.assert(
    fc.asyncProperty(
      arbitraryZone,
      arbitraryIpv6,
      fc.nat({ max: 8 }),
      fc.constantFrom('lost-answer', 'cut', 'empty', undefined),
      async (records, ipv6, killAt, fault) => {
        zone.records = records.map((each) => ({ ...each }))
        zone.history = []
        const plainBefore = new Set(plain(zone.records))
        const foreign = JSON.stringify(zone.records.filter(({ comment }) => comment === null))
        const wish = desired({ ipv6 })
        let moments = 0
        const progress = () => {
          if (fault && moments === killAt) {
            cloudflare.api.fault(/^(POST|PATCH|DELETE) /, { is: fault }, 4)
          }
          return moments++ < killAt ? Promise.resolve() : Promise.reject(new Error('killed'))
        }
        // With a fault it is the next effect that is cut off, so the kill comes one moment later.
        await reconcile(
          safeguard,
          wish,
          { ...yes, progress: fault ? later(progress) : progress },
          signal,
        ).catch(() => undefined)
        cloudflare.api.clearFaults()

        assert.equal((await reconcile(safeguard, wish, yes, signal)).is, 'settled')
        for (const moment of zone.history) {
          assert.ok(plain(moment).every((each) => plainBefore.has(each)))
          assert.equal(JSON.stringify(moment.filter(({ comment }) => comment === null)), foreign)
        }
        const leads = zone.records
          .filter(({ comment, type }) => comment !== null && type !== 'CNAME')
          .map(({ type }) => type)
        assert.equal(new Set(leads).size, leads.length)
      },
    ),
    { numRuns: 80 },
  )
})

/** What records of ours say in clear. */
const plain = (records: readonly DnsRecord[]): string[] =>
  records
    .filter(({ comment, proxied }) => comment !== null && !proxied)
    .map(({ id, content }) => `${id} ${content}`)

/** Lets one moment more go by before the kill. */
const later = (progress: () => Promise<void>) => {
  let failed = false
  return async (): Promise<void> => {
    if (failed) throw new Error('killed')
    await progress().catch(() => {
      failed = true
    })
  }
}

test('killed between any two effects, or with any answer lost, a new run converges without duplicates', async (t) => {
  const { cloudflare, zone, safeguard } = await worldFor(t)
  for (const fault of ['lost-answer', 'cut', 'html'] as const) {
    for (let nth = 0; nth < 4; nth++) {
      zone.records = [
        record({ content: '203.0.113.1', comment: 'gatehouse: managed' }),
        record({ content: '203.0.113.2', comment: 'gatehouse: managed' }),
      ]
      zone.history = []
      let writes = 0
      const stopping = new AbortController()
      const progress = ({ at }: { at: 'starts' | 'ends' }) => {
        if (at === 'starts' && writes++ === nth) {
          cloudflare.api.fault(
            /^(POST|PATCH|DELETE) /,
            fault === 'html' ? { is: 'html', status: 520 } : { is: fault },
          )
          setTimeout(() => stopping.abort(), 50)
        }
        return Promise.resolve()
      }
      await reconcile(
        safeguard,
        desired({ ipv6: home('2001:db8::7') }),
        { ...yes, progress },
        stopping.signal,
      ).catch(() => undefined)
      cloudflare.api.clearFaults()
      assert.equal(
        (await reconcile(safeguard, desired({ ipv6: home('2001:db8::7') }), yes, signal)).is,
        'settled',
      )
      assert.equal(zone.records.length, 2, `${fault} at ${nth}: ${shown(zone.records).join('; ')}`)
      neverExposed(zone.history)
    }
  }
})

test('what changes between the plan and its steps is looked at again, and nothing is put beside it', async (t) => {
  const { zone, safeguard } = await worldFor(t)
  const meanwhile = (change: () => void) => ({
    ...yes,
    progress: ({ at }: { at: 'starts' | 'ends' }) => {
      if (at === 'starts') change()
      return Promise.resolve()
    },
  })
  const theirs = record({ content: '198.51.100.1' })
  const created = await reconcile(
    safeguard,
    desired(),
    meanwhile(() => {
      zone.records = [theirs]
    }),
    signal,
  )
  assert.equal(created.is, 'settled')
  assert.deepEqual(zone.records, [theirs])

  const ours = record({ content: '203.0.113.1', comment: 'gatehouse: managed' })
  for (const wish of [desired(), desired({ ipv4: absent })]) {
    zone.records = [ours]
    const outcome = await reconcile(
      safeguard,
      wish,
      meanwhile(() => {
        zone.records = []
      }),
      signal,
    )
    assert.notEqual(outcome.is, 'refused')
    assert.ok(!('failure' in outcome))
    assert.equal((await reconcile(safeguard, wish, yes, signal)).is, 'settled')
  }
})

test('each step can be put back, and the address is never made public by it', async (t) => {
  const { zone, safeguard } = await worldFor(t)
  const before = [record({ content: '203.0.113.1', comment: 'gatehouse: managed', proxied: false })]
  zone.records = before.map((each) => ({ ...each }))
  const outcome = await reconcile(safeguard, desired({ ipv6: home('2001:db8::7') }), yes, signal)
  assert.ok(outcome.is === 'settled')
  for (const { does } of outcome.did.toReversed()) {
    const back = safeguard.undo(does, await safeguard.observe(signal))
    for (const step of back.steps) await safeguard.apply(step, signal)
  }
  assert.deepEqual(shown(zone.records), ['A ha.example.com 203.0.113.1 proxied ours'])
})

test('nothing is published in a zone that does not proxy', async (t) => {
  const { zone, safeguard } = await worldFor(t)
  for (const state of [{ paused: true }, { status: 'pending' as const }]) {
    Object.assign(zone, { paused: false, status: 'active' }, state)
    const outcome = await reconcile(safeguard, desired(), yes, signal)
    assert.ok(outcome.is === 'settled')
    assert.match(outcome.left.join(), /no address is published/)
    assert.deepEqual(zone.records, [])
  }
})

test('whatever gives the home away is found', async (t) => {
  const { zone, safeguard } = await worldFor(t)
  zone.records = [
    record({ comment: 'gatehouse: managed' }),
    record({ name: 'vpn.example.com', proxied: false }),
    record({
      type: 'TXT',
      name: 'example.com',
      content: '"v=spf1 ip4:203.0.113.7 -all"',
      proxied: false,
    }),
    record({ type: 'TXT', name: 'other.example.com', content: '"203.0.113.77"', proxied: false }),
  ]
  const found = safeguard.check(desired(), await safeguard.observe(signal), new Date())
  assert.deepEqual(
    found.map(({ code, says }) => `${code} ${says}`),
    [
      'dns/leaks-address A vpn.example.com publishes the home address 203.0.113.7',
      'dns/leaks-address TXT example.com publishes the home address 203.0.113.7',
    ],
  )
})

test('a name two labels deep has no certificate at the edge, and that is said before it is found out', async (t) => {
  const { zone, safeguard } = await worldFor(t)
  const deep = { ...desired(), names: ['ha.home.example.com'] }
  const codes = () =>
    safeguard
      .observe(signal)
      .then((seen) => safeguard.check(deep, seen, new Date()).map(({ code }) => code))
  assert.ok((await codes()).includes('dns/no-edge-certificate'))
  zone.type = 'partial'
  assert.ok(
    !(await codes()).includes('dns/no-edge-certificate'),
    'a partial zone has its own certificates',
  )
})
