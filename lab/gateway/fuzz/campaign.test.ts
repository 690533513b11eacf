import assert from 'node:assert/strict'
import { test } from 'node:test'

import { runCampaign } from './campaign.ts'
import { differs } from './law.ts'
import { llhttpOfRequests } from './llhttp.ts'
import { oursOfRequests } from './ours.ts'

const seed = 5
const cases = 3000

test(`whatever our reader takes, llhttp takes for the same (${cases} streams of seed ${seed})`, () => {
  const { taken, refusedStreams, wrong } = runCampaign(seed, cases)
  assert.deepEqual(wrong, [])
  // A campaign that only sends what is refused at once, or nothing that is, shows nothing.
  assert.ok(taken > cases / 2, `${taken} messages taken`)
  assert.ok(refusedStreams > cases / 4, `${refusedStreams} streams refused`)
})

test('the law finds a difference in each part', () => {
  const stream = Buffer.from('POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx')
  const ours = oursOfRequests([stream])
  const theirs = llhttpOfRequests(stream)
  assert.equal(differs(ours, theirs), undefined)
  const message = theirs.messages[0]!
  for (const change of [
    { method: 'PUT' },
    { target: '/b' },
    { fields: ['host: i'] },
    { body: 'y' },
    { whole: false },
  ])
    assert.notEqual(differs(ours, { ...theirs, messages: [{ ...message, ...change }] }), undefined)
  assert.notEqual(differs(ours, { messages: [], refused: 'all' }), undefined)
})
