import assert from 'node:assert/strict'
import { test } from 'node:test'

import { describeWindow, mayRestart } from './restart-window.ts'

const at = (hour: number, minute = 0): number => hour * 60 + minute
const may = (from: number, to: number, minuteOfDay: number): boolean =>
  mayRestart({ restartWindow: { from, to } }, { minuteOfDay })

test('from the first minute to before the last', () => {
  assert.deepEqual(
    [at(2, 59), at(3), at(4, 59), at(5)].map((minute) => may(at(3), at(5), minute)),
    [false, true, true, false],
  )
})

test('over midnight', () => {
  assert.deepEqual(
    [at(22, 59), at(23), at(0), at(0, 59), at(1), at(12)].map((minute) =>
      may(at(23), at(1), minute),
    ),
    [false, true, true, true, false, false],
  )
})

test('without one: at once', () => {
  assert.equal(mayRestart({ restartWindow: undefined }, { minuteOfDay: 0 }), true)
  assert.equal(describeWindow({ restartWindow: undefined }), 'at once')
  assert.equal(
    describeWindow({ restartWindow: { from: at(3, 5), to: at(23) } }),
    'between 03:05 and 23:00',
  )
})
