import assert from 'node:assert/strict'
import { test } from 'node:test'

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
