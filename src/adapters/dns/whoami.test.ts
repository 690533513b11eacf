import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { startNameServer } from '../../../lab/simulators/cloudflare/dns/server.ts'
import { whoamiAddress } from './whoami.ts'

const signal = new AbortController().signal

/** A resolver that says it was asked from there; `undefined`: one that does not know the name. */
async function resolver(t: TestContext, seen: string | undefined) {
  const server = await startNameServer('127.0.0.1', 0, (name, type, klass) =>
    seen !== undefined && klass === 'CH' && name === 'whoami.cloudflare' && type === 'TXT'
      ? {
          answers: [{ type: 'TXT', class: 'CH', name, ttl: 0, data: [seen] }],
          authoritative: false,
          code: 'NOERROR',
        }
      : { answers: [], authoritative: false, code: 'REFUSED' },
  )
  t.after(() => server.close())
  return server
}

test('the address from which the resolvers were asked, whoever does not know it aside', async (t) => {
  const servers = [
    await resolver(t, undefined),
    await resolver(t, '203.0.113.7'),
    await resolver(t, '203.0.113.7'),
    { host: '127.0.0.1', port: 9 },
  ]
  const fact = await whoamiAddress('ipv4', servers, signal)
  assert.ok(fact.is === 'known')
  assert.equal(fact.value.text, '203.0.113.7')
})

const doubts: readonly (readonly [string, readonly (string | undefined)[], RegExp])[] = [
  ['nobody knows', [undefined], /no resolver/],
  ['they disagree', ['203.0.113.7', '203.0.113.8'], /different addresses \(203/],
  ['it is no address', ['hello'], /no resolver/],
  ['it is of the other family', ['2001:db8::7'], /no resolver/],
]
for (const [what, seen, because] of doubts) {
  test(`${what}: unknown, with the reason`, async (t) => {
    const servers = await Promise.all(seen.map((each) => resolver(t, each)))
    const fact = await whoamiAddress('ipv4', servers, signal)
    assert.ok(fact.is === 'unknown')
    assert.match(fact.because, because)
  })
}

test('a server that is spoken to by IPv4 is not asked for the IPv6 address', async (t) => {
  const server = await resolver(t, '2001:db8::7')
  assert.equal((await whoamiAddress('ipv6', [server], signal)).is, 'unknown')
  assert.equal(server.queries, 0)
})
