import assert from 'node:assert/strict'
import { test } from 'node:test'

import { days, describeDuration, hours, milliseconds, minutes, seconds } from './duration.ts'

test('durations are described with their two largest units', () => {
  const described = [
    milliseconds(35),
    milliseconds(450),
    seconds(59.6),
    milliseconds(minutes(1) + seconds(5)),
    milliseconds(days(29) + hours(3) + minutes(59)),
    milliseconds(-120_000),
  ].map(describeDuration)
  assert.deepEqual(described, ['35 ms', '0.5 s', '1 min', '1 min 5 s', '29 d 3 h', '-2 min'])
})
