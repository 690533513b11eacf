import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'

import { deadlineIn } from './deadline.ts'
import { milliseconds, minutes } from './duration.ts'

test('it ends with its time, or with the signal that was given, whose reason it has', async () => {
  const never = new AbortController()
  using short = deadlineIn(milliseconds(5), never.signal)
  await sleep(50)
  assert.equal(
    short.signal.reason instanceof DOMException && short.signal.reason.name,
    'TimeoutError',
  )

  using long = deadlineIn(minutes(1), never.signal)
  never.abort(new Error('stop'))
  assert.match(String(long.signal.reason), /stop/)
  using late = deadlineIn(minutes(1), never.signal)
  assert.ok(late.signal.aborted)
})

test('nothing of it stays behind', () => {
  const keeper = new AbortController()
  for (let i = 0; i < 3; i++) {
    using deadline = deadlineIn(minutes(1), keeper.signal)
    assert.equal(getEventListeners(deadline.signal, 'abort').length, 0)
    assert.equal(getEventListeners(keeper.signal, 'abort').length, 1)
  }
  assert.equal(getEventListeners(keeper.signal, 'abort').length, 0)
})
