import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { addressOf, type Address } from '../../core/address.ts'
import { absent, known, unknown } from '../../core/fact.ts'
import { leaks } from './leaks.ts'
import type { Desired, Found } from './types.ts'

const address = (text: string): Address => {
  const found = addressOf(text)
  assert.ok(found)
  return found
}
const zone = { name: 'example.com', status: 'active', paused: false, type: 'full' }
const record = (more: Partial<Found>): Found => ({
  id: '1',
  type: 'TXT',
  name: 'example.com',
  content: '',
  proxied: false,
  comment: '',
  ...more,
})
const desired: Desired = {
  names: ['ha.example.com'],
  addresses: { ipv4: known(address('203.0.113.7')), ipv6: known(address('2001:db8::7')) },
  formerly: [address('198.51.100.4')],
}
const found = (more: Partial<Found>, wish: Desired = desired): string[] =>
  leaks(wish, { zone, records: [record(more)] }).map(({ says }) => says)

const telling = [
  '"v=spf1 a mx ip4:203.0.113.7 -all"',
  '"v=spf1 ip4:203.0.113.0/24 -all"',
  '"v=spf1 ip6:2001:DB8:0:0::7 -all"',
  '"home is 203.0.113.7."',
  '"http://203.0.113.7:8123/"',
  '"[2001:db8::7]:443"',
  '"2001:0db8:0000:0000:0000:0000:0000:0007"',
  '"::ffff:203.0.113.7"',
  '1 . ipv4hint=203.0.113.7 port=443',
]
for (const content of telling) {
  test(`${content} tells where the home is`, () => {
    assert.equal(found({ content }).length, 1)
  })
}

const silent = [
  '',
  '"203.0.113.77"',
  '"1203.0.113.7"',
  '"203.0.113.7.5"',
  '"v=spf1 ip4:203.0.0.0/8 -all"',
  '"v=spf1 ip6:2001:db8::/32 -all"',
  '"version 2.0.1:7, 12:30:45"',
  '"2001:db8::70"',
  'mail.example.com',
]
for (const content of silent) {
  test(`${content} does not`, () => {
    assert.deepEqual(found({ content }), [])
  })
}

test('a plain sibling tells it; a proxied one does not, and the home has findings of its own', () => {
  const sibling = { type: 'A', name: 'vpn.example.com', content: '203.0.113.7' }
  assert.deepEqual(found(sibling), ['A vpn.example.com publishes the home address 203.0.113.7'])
  assert.deepEqual(found({ ...sibling, proxied: true }), [])
  assert.deepEqual(found({ ...sibling, name: 'ha.example.com' }), [])
})

test('a former address still tells where the home is to be sought', () => {
  assert.deepEqual(found({ content: '"ip4:198.51.100.4"' }), [
    'TXT example.com publishes the former home address 198.51.100.4',
  ])
})

test('without an address the zone was not searched, and that is said', () => {
  const blind = { ...desired, addresses: { ipv4: unknown('no answer'), ipv6: absent } }
  const [finding, ...more] = leaks(blind, { zone, records: [record({ content: '203.0.113.7' })] })
  assert.deepEqual(more, [])
  assert.equal(finding?.unseen, true)
})

test('law: any home address is found in any text around it, and no other one is', () => {
  const around = fc.stringMatching(/^[ a-z="'(),;-]{0,12}$/)
  fc.assert(
    fc.property(
      fc.oneof(fc.ipV4(), fc.ipV6()),
      fc.oneof(fc.ipV4(), fc.ipV6()),
      around,
      around,
      (home, other, before, after) => {
        const family = address(home).family
        const wish: Desired = {
          names: [],
          addresses: { ipv4: absent, ipv6: absent, [family]: known(address(home)) },
        }
        const lead = before === '' ? '' : `${before} `
        const tail = after === '' ? '' : ` ${after}`
        assert.equal(found({ content: `${lead}${home}${tail}` }, wish).length, 1)
        const same = address(home).text === address(other).text
        assert.equal(found({ content: `${lead}${other}${tail}` }, wish).length, same ? 1 : 0)
      },
    ),
  )
})
