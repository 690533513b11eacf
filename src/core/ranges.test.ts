import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { addressOf, networkRange, whyNotPublic, withinAny } from './address.ts'
import { embeddedRanges, judgeRanges } from './ranges.ts'

const published = {
  ipv4: embeddedRanges.ipv4.map(({ text }) => text),
  ipv6: embeddedRanges.ipv6.map(({ text }) => text),
}

test('the list as it has been since 2021 is plausible', () => {
  assert.equal(embeddedRanges.ipv4.length, 15)
  assert.equal(embeddedRanges.ipv6.length, 7)
  assert.deepEqual(judgeRanges(published, embeddedRanges, []), {
    is: 'plausible',
    ranges: embeddedRanges,
  })
})

const lies = {
  empty: { ipv4: [], ipv6: [] },
  short: { ...published, ipv4: published.ipv4.slice(0, 5) },
  'the whole internet': { ...published, ipv4: [...published.ipv4, '0.0.0.0/0'] },
  'a very wide range': { ...published, ipv4: [...published.ipv4, '64.0.0.0/8'] },
  'a home network': { ...published, ipv4: [...published.ipv4, '192.168.0.0/16'] },
  'a home network within a range that begins in public': {
    ...published,
    ipv4: [...published.ipv4, '192.160.0.0/12'],
  },
  'one range ten times': {
    ...published,
    ipv4: published.ipv4.map(() => '104.16.0.0/13'),
  },
  'a web page': { ...published, ipv4: [...published.ipv4, '<html>'] },
  'the wrong family': { ...published, ipv6: [...published.ipv6, '104.16.0.0/13'] },
  'everything new': {
    ...published,
    ipv4: published.ipv4.map((text) => text.replace(/^\d+/, '45').replace(/\/\d+/, '/32')),
  },
}
for (const [what, list] of Object.entries(lies)) {
  test(`${what} is not taken over`, () => {
    assert.equal(judgeRanges(list, embeddedRanges, []).is, 'implausible')
  })
}

test('a few changes at once are taken over, removals included', () => {
  const fewer = { ...published, ipv4: [...published.ipv4.slice(1), '104.28.0.0/14'] }
  const judged = judgeRanges(fewer, embeddedRanges, [])
  assert.ok(judged.is === 'plausible')
  assert.ok(!judged.ranges.ipv4.some(({ text }) => text === published.ipv4[0]))
})

test('law: whatever is taken over opens the home to public addresses only', () => {
  const cidr = fc.tuple(fc.ipV4(), fc.integer({ min: 8, max: 32 })).chain(([base, bits]) => {
    const range = networkRange(`${base}/${bits}`)
    return fc.constant(range?.text ?? '1.1.1.1/32')
  })
  fc.assert(
    fc.property(fc.array(cidr, { minLength: 1, maxLength: 3 }), (more) => {
      const judged = judgeRanges(
        { ...published, ipv4: [...published.ipv4, ...more] },
        undefined,
        [],
      )
      if (judged.is === 'implausible') return
      const home = ['10.1.2.3', '172.16.5.5', '172.31.255.255', '192.168.1.5', '100.100.0.1']
      for (const text of [...home, '127.0.0.1', '169.254.7.7']) {
        const address = addressOf(text)
        if (address && withinAny(address, judged.ranges.ipv4))
          assert.equal(whyNotPublic(address) ?? '', '')
      }
    }),
    { numRuns: 500, examples: [[['192.160.0.0/12']]] },
  )
})
