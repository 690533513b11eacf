import assert from 'node:assert/strict'
import { test } from 'node:test'

import { reconcile, type Progress } from './reconcile.ts'
import { couldNotConfirm, done, type Applied, type Safeguard } from './safeguard.ts'

type World = { value: number; writes: number }

/** A safeguard over a number: one step per unit that is missing. */
function counter(
  world: World,
  write: (to: number) => Applied = (to) => {
    world.value = to
    world.writes++
    return done
  },
): Safeguard<number, number, { readonly to: number; readonly was: number }> {
  return {
    name: 'dns-record',
    observe: () => Promise.resolve(world.value),
    plan: (desired, observed) => ({
      steps: Array.from({ length: Math.max(0, desired - observed) }, (_, i) => ({
        says: `count to ${observed + i + 1}`,
        does: { to: observed + i + 1, was: observed + i },
      })),
      left: [],
    }),
    apply: (step) => Promise.resolve(write(step.does.to)),
    check: () => [],
    undo: (did, observed) => ({
      steps:
        observed === did.to
          ? [{ says: `back to ${did.was}`, does: { to: did.was, was: did.to } }]
          : [],
      left: [],
    }),
  }
}

const signal = new AbortController().signal
const yes = { approve: () => Promise.resolve(true) }

test('settled means that the second plan is empty', async () => {
  const world = { value: 0, writes: 0 }
  const outcome = await reconcile(counter(world), 3, yes, signal)
  assert.equal(outcome.is, 'settled')
  assert.deepEqual(world, { value: 3, writes: 3 })
  const again = await reconcile(
    counter(world),
    3,
    { approve: () => Promise.reject(new Error('asked for nothing')) },
    signal,
  )
  assert.deepEqual(again, { is: 'settled', did: [], left: [] })
})

test('nothing happens without consent', async () => {
  const world = { value: 0, writes: 0 }
  const outcome = await reconcile(
    counter(world),
    2,
    { approve: () => Promise.resolve(false) },
    signal,
  )
  assert.equal(outcome.is, 'refused')
  assert.equal(world.writes, 0)
})

test('a step that did nothing is found out, although nothing was thrown', async () => {
  const world = { value: 0, writes: 0 }
  const outcome = await reconcile(
    counter(world, () => done),
    1,
    yes,
    signal,
  )
  assert.equal(outcome.is, 'unsettled')
})

test('after a failure no further step starts, and what was done is told', async () => {
  const world = { value: 0, writes: 0 }
  const failing = counter(world, (to) => {
    if (to === 2) throw new Error('the line went dead')
    world.value = to
    world.writes++
    return done
  })
  const outcome = await reconcile(failing, 3, yes, signal)
  assert.ok(outcome.is === 'unsettled')
  assert.equal(outcome.because, 'the line went dead')
  assert.equal(outcome.did.length, 1)
  assert.equal(outcome.remaining.steps.length, 2)
  assert.equal(world.value, 1)
})

test('after a step that could not be confirmed it looks again instead of going on', async () => {
  const world = { value: 0, writes: 0 }
  const lost = counter(world, (to) => {
    world.value = to
    world.writes++
    return couldNotConfirm('the answer was lost')
  })
  const outcome = await reconcile(lost, 2, yes, signal)
  assert.ok(outcome.is === 'unsettled')
  assert.equal(world.writes, 1)
  assert.equal(outcome.because, 'the answer was lost')
  assert.equal((await reconcile(lost, 1, yes, signal)).is, 'settled')
})

test('the journal hears of a step before the world does', async () => {
  const world = { value: 0, writes: 0 }
  const heard: string[] = []
  const progress = ({ at, step }: Progress<{ to: number }>) => {
    heard.push(`${at} ${step.does.to} with ${world.value}`)
    return Promise.resolve()
  }
  await reconcile(counter(world), 2, { ...yes, progress }, signal)
  assert.deepEqual(heard, ['starts 1 with 0', 'ends 1 with 1', 'starts 2 with 1', 'ends 2 with 2'])
})

test('a stopped run starts no step', async () => {
  const world = { value: 0, writes: 0 }
  const stopped = AbortSignal.abort(new Error('stopped'))
  const outcome = await reconcile(counter(world), 1, yes, stopped)
  assert.equal(outcome.is, 'unsettled')
  assert.equal(world.writes, 0)
})
