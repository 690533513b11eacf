import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'

import type { Guard } from '../core/guard.ts'
import type { Journal } from '../core/journal.ts'
import { hours, milliseconds, minutes, seconds } from '../core/duration.ts'
import { Problem } from '../core/problem.ts'
import { backoff } from './backoff.ts'
import { newBoard } from './board.ts'
import { keep, type Kept } from './keep.ts'
import type { TriggerSource } from './trigger.ts'

const journal = (steps: string[]): Journal => ({
  starts: (_run, name, step) => steps.push(`${name}: ${step.says}`),
  ends: () => undefined,
  open: () => [],
  close: () => undefined,
})

const board = () => newBoard({ safeguards: ['certificate', 'dns-record'], now: () => new Date() })

function guardThat(name: Guard['name'], reconcile: Guard['reconcile']): Guard {
  const nothing = { steps: [], left: [] }
  return {
    name,
    reconcile,
    look: async (hooks, _now, signal) => ({
      outcome: await reconcile(hooks, signal),
      findings: [],
    }),
    plan: () => Promise.resolve(nothing),
    check: () => Promise.resolve([]),
    undo: () => Promise.resolve(nothing),
    apply: () => Promise.resolve({ is: 'done' }),
  }
}

test('a failing safeguard backs off by itself and the others keep their rhythm', async () => {
  const stopping = new AbortController()
  const told: Kept[] = []
  const looks = { steady: 0, failing: 0 }
  const steady = guardThat('dns-record', () => {
    looks.steady++
    if (looks.steady === 5) stopping.abort()
    return Promise.resolve({ is: 'settled', did: [], left: [] })
  })
  const failing = guardThat('certificate', () => {
    looks.failing++
    return Promise.reject(new Error('no network'))
  })
  await keep(
    {
      guards: [steady, failing],
      journal: journal([]),
      board: board(),
      now: () => new Date(),
      random: () => 0.5,
      rhythm: milliseconds(5),
    },
    (kept) => told.push(kept),
    stopping.signal,
  )
  assert.equal(looks.steady, 5)
  assert.equal(looks.failing, 1)
  assert.ok(told.some(({ name, failure }) => name === 'certificate' && failure instanceof Error))
})

test('what is put back is in the journal before it happens', async () => {
  const stopping = new AbortController()
  const steps: string[] = []
  const drifted = guardThat('dns-record', async (hooks) => {
    const step = { says: 'proxy it again', does: {} }
    assert.equal(await hooks.approve({ steps: [step], left: [] }), true)
    await hooks.progress?.({ at: 'starts', step })
    assert.deepEqual(steps, ['dns-record: proxy it again'])
    stopping.abort()
    return { is: 'settled', did: [step], left: [] }
  })
  await keep(
    {
      guards: [drifted],
      journal: journal(steps),
      board: board(),
      now: () => new Date(),
      random: () => 0,
    },
    () => undefined,
    stopping.signal,
  )
  assert.equal(steps.length, 1)
})

test('the pause grows from seconds to half an hour and never beyond', () => {
  assert.equal(backoff(1, 1), seconds(10))
  assert.equal(backoff(1, 0), seconds(5))
  assert.equal(backoff(4, 1), seconds(80))
  assert.equal(backoff(60, 1), minutes(30))
})

test('who asks for a pause is left alone until its end', async () => {
  const stopping = new AbortController()
  const told: Kept[] = []
  let asked = 0
  const at = { now: Date.parse('2026-11-24T12:00:00Z') }
  const limited = guardThat('certificate', () => {
    asked++
    const retryAt = new Date('2026-11-25T12:00:00Z')
    return Promise.reject(new Problem('certificate/rate-limited', 'a pause', { retryAt }))
  })
  const steady = guardThat('dns-record', () => {
    at.now += hours(1)
    if (at.now > Date.parse('2026-11-25T11:00:00Z')) stopping.abort()
    return Promise.resolve({ is: 'settled', did: [], left: [] })
  })
  await keep(
    {
      guards: [steady, limited],
      journal: journal([]),
      board: board(),
      now: () => new Date(at.now),
      random: () => 0.5,
      rhythm: milliseconds(0),
    },
    (kept) => told.push(kept),
    stopping.signal,
  )
  assert.equal(asked, 1)
})

test('a source that asks is looked at before the rhythm, and what it said is told', async () => {
  const stopping = new AbortController()
  const kept = board()
  let looks = 0
  const record = guardThat('dns-record', () => {
    if (++looks === 2) setImmediate(() => stopping.abort())
    return Promise.resolve({ is: 'settled', did: [], left: [] })
  })
  const router: TriggerSource = async (fire, signal) => {
    setTimeout(() => fire({ look: ['dns-record'], because: 'the router announced itself' }), 20)
    await once(signal, 'abort')
  }
  await keep(
    {
      guards: [record],
      journal: journal([]),
      board: kept,
      now: () => new Date(),
      random: () => 0,
      sources: [router],
    },
    () => undefined,
    stopping.signal,
  )
  assert.equal(looks, 2)
  const status = kept.read().safeguards.find(({ name }) => name === 'dns-record')
  assert.equal(status?.lastLook?.because, 'the router announced itself')
})
