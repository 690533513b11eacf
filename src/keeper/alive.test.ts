import assert from 'node:assert/strict'
import { test } from 'node:test'

import { minutes } from '../core/duration.ts'
import { newBoard } from './board.ts'
import { liveness } from './alive.ts'

test('a look that never ends is a dead loop; a clock that jumps is not', () => {
  const clock = { wall: Date.parse('2026-11-25T10:00:00Z'), ticks: 0 }
  const now = () => new Date(clock.wall)
  const pass = (duration: number) => {
    clock.wall += duration
    clock.ticks += duration
  }
  const board = newBoard({ safeguards: ['dns-record'], now })
  const alive = liveness(board, now, () => clock.ticks, minutes(45))
  const looked = () =>
    board.looked('dns-record', {
      look: {
        at: now().toISOString(),
        because: '',
        outcome: 'as-wished',
        did: [],
        left: [],
        says: null,
        code: null,
      },
      failures: 0,
      nextLook: new Date(clock.wall + minutes(5)),
      findings: [],
    })
  assert.ok(alive(), 'it has just begun')
  looked()
  assert.ok(alive())

  clock.wall += minutes(24 * 60)
  assert.ok(alive(), 'the clock jumped, or the machine slept')
  pass(minutes(10))
  assert.ok(alive(), 'a look may take its time')
  looked()
  assert.ok(alive())

  pass(minutes(6))
  assert.ok(alive())
  pass(minutes(46))
  assert.equal(alive(), false)
  looked()
  assert.ok(alive())
})
