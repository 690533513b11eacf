import assert from 'node:assert/strict'
import { test } from 'node:test'

import { milliseconds } from '../core/duration.ts'
import { newCounters } from '../gateway/counters.ts'
import { newBoard } from './board.ts'
import { restWell } from './rest.ts'

test('memory is given back when the gateway forwarded nothing since the last time, and only then', async () => {
  const counters = newCounters()
  let asked = 0
  const gateway = () => {
    // Busy for the first three times it is asked.
    if (asked++ < 3) counters.requests++
    return counters
  }
  const stopping = new AbortController()
  let busyThen: boolean | undefined
  const giveBack = () => {
    busyThen = asked <= 3
    stopping.abort()
  }
  const board = newBoard({ safeguards: [], now: () => new Date(), gateway })
  await restWell(board, giveBack, stopping.signal, milliseconds(1))
  assert.equal(busyThen, false)
})
