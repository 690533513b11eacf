import assert from 'node:assert/strict'
import { test } from 'node:test'

import { hours, later } from '../core/duration.ts'
import { newBoard } from './board.ts'
import { signInNews } from './sign-in-news.ts'

test('who is refused is shown at once, many as a number, and none for longer than an hour', async () => {
  let now = new Date('2026-11-25T07:00:00Z')
  const news = signInNews(() => now)
  const board = newBoard({ safeguards: [], now: () => now })
  const stopping = new AbortController()
  const pauses: (() => void)[] = []
  const clock = {
    now: () => now,
    elapsed: () => 0,
    pause: () => new Promise<void>((resolve) => pauses.push(resolve)),
  }
  const says = () => board.read().findings.flatMap(({ cases }) => cases.map((each) => each.says))
  const refuse = (visitor: string) =>
    news.tell({ is: 'sign-ins', visitor, attempts: 21, outcome: 'refused' })

  refuse('198.51.100.1')
  const ended = news.source(board, clock)(() => undefined, stopping.signal)
  assert.equal(says().length, 1, 'also what was before it began')
  news.tell({ is: 'sign-ins', visitor: '198.51.100.2', attempts: 9, outcome: 'slowed' })
  assert.equal(says().length, 1, 'who only has to wait is no news')
  for (let i = 2; i <= 6; i++) refuse(`198.51.100.${i}`)
  assert.deepEqual(
    says().map((text) => text.split(' ')[0]),
    ['198.51.100.6', '198.51.100.5', '198.51.100.4', 'and'],
  )
  assert.match(says()[3] ?? '', /3 other visitors/)

  now = later(now, hours(2))
  pauses.pop()?.()
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(says(), [])
  stopping.abort()
  pauses.pop()?.()
  await ended
})
