import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { addressOf, rangeOf, whyNotPublic, within } from './address.ts'

const address = (text: string) => {
  const found = addressOf(text)
  assert.ok(found, text)
  return found
}
const range = (text: string) => {
  const found = rangeOf(text)
  assert.ok(found, text)
  return found
}

test('addresses are read strictly and written canonically', () => {
  assert.deepEqual(addressOf('203.0.113.7'), { family: 'ipv4', text: '203.0.113.7' })
  assert.deepEqual(addressOf('2001:DB8::0:1'), { family: 'ipv6', text: '2001:db8::1' })
  assert.deepEqual(addressOf('::ffff:203.0.113.7'), { family: 'ipv4', text: '203.0.113.7' })
  for (const text of [
    '',
    '127.1',
    '0x7f000001',
    '1.2.3.4.5',
    '256.1.1.1',
    'fe80::1%eth0',
    '<html>',
  ]) {
    assert.equal(addressOf(text), undefined, text)
  }
})

test('ranges must be in network form', () => {
  assert.deepEqual(rangeOf('172.64.0.0/13'), { family: 'ipv4', text: '172.64.0.0/13', bits: 13 })
  assert.deepEqual(rangeOf('2a06:98c0::/29'), { family: 'ipv6', text: '2a06:98c0::/29', bits: 29 })
  assert.equal(rangeOf('192.0.2.1')?.text, '192.0.2.1/32')
  for (const text of [
    '192.0.2.1/24',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/-1',
    '::1/64',
    'a/8',
  ]) {
    assert.equal(rangeOf(text), undefined, text)
  }
})

test('an address lies in exactly the ranges that share its prefix', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), (base, bits, other) => {
      const number = (text: string) =>
        text.split('.').reduce((n, part) => n * 256 + Number(part), 0)
      const size = 2 ** (32 - bits)
      const start = Math.floor(number(base) / size) * size
      const network = [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join('.')
      const inside = number(other) >= start && number(other) < start + size
      assert.equal(within(address(other), range(`${network}/${bits}`)), inside)
    }),
  )
  assert.equal(within(address('2606:4700::6810:1'), range('2606:4700::/32')), true)
  assert.equal(within(address('203.0.113.7'), range('::/0')), false)
})

test('an address that cannot be a home says why', () => {
  assert.equal(whyNotPublic(address('198.41.128.1')), undefined)
  assert.equal(whyNotPublic(address('172.64.0.1')), undefined, 'looks private and is not')
  assert.match(String(whyNotPublic(address('100.72.1.2'))), /CGNAT/)
  assert.match(String(whyNotPublic(address('192.168.1.5'))), /private/)
  assert.match(String(whyNotPublic(address('fd00::5'))), /private/)
  assert.match(String(whyNotPublic(address('203.0.113.7'))), /special use/)
  assert.match(String(whyNotPublic(address('2001:db8::7'))), /special use/)
  assert.equal(whyNotPublic(address('203.0.113.7'), [range('203.0.113.0/24')]), undefined)
})
