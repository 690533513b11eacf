import assert from 'node:assert/strict'
import { suite, test } from 'node:test'

import { corpus } from './corpus.ts'
import { differs, everyByte, textOf } from './law.ts'
import { llhttpOfRequests } from './llhttp.ts'
import { oursOfRequests } from './ours.ts'

// The reader alone; `through.test.ts` sends the same through the whole gateway.

/** Refused for what they say, not for how: the forwarder judges names and visitors. */
const judgedLater =
  /^hosts: (?:another$|a list|somebody|a path|nothing|a letter|two ports)|^visitors: /u

suite('requests of attackers, as the reader takes them', () => {
  for (const { name, stream, passes } of corpus) {
    test(name, () => {
      const bytes = Buffer.from(stream, 'latin1')
      const whole = oursOfRequests([bytes])
      assert.equal(differs(whole, llhttpOfRequests(bytes)), undefined)
      if (!judgedLater.test(name))
        assert.equal(whole.messages.filter((each) => each.whole).length, passes)
      for (let at = 1; at < Math.min(bytes.length, 2000); at++)
        assert.equal(
          textOf(oursOfRequests([bytes.subarray(0, at), bytes.subarray(at)])),
          textOf(whole),
          `cut at ${at}`,
        )
      assert.equal(textOf(oursOfRequests(everyByte(bytes))), textOf(whole), 'byte by byte')
    })
  }
})
