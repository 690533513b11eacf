import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { virtualClock, type VirtualClock } from '../../lab/world/virtual-clock.ts'
import {
  days,
  hours,
  later,
  milliseconds,
  minutes,
  seconds,
  type Duration,
} from '../core/duration.ts'
import { clockWatch } from './clock-watch.ts'
import { runSchedule, type Ended, type Task } from './schedule.ts'
import type { Fire, TriggerSource } from './trigger.ts'

const noon = new Date('2026-11-25T12:00:00Z')

type Run = { readonly at: number; readonly because: readonly string[] }

type Home = {
  readonly clock: VirtualClock
  readonly fire: Fire
  readonly stop: AbortController
  /** A task, and when it ran. */
  task(
    name: Task['name'],
    rhythm: Duration | undefined,
    act?: (run: number) => Ended | Promise<Ended>,
  ): { readonly task: Task; readonly runs: Run[] }
  run(tasks: readonly Task[], lasts: Duration, sources?: readonly TriggerSource[]): Promise<void>
}

function homeFor(t: TestContext): Home {
  const clock = virtualClock(noon)
  t.after(() => clock[Symbol.dispose]())
  const stop = new AbortController()
  let fire: Fire = () => assert.fail('nothing runs yet')
  return {
    clock,
    stop,
    fire: (trigger) => fire(trigger),
    task(name, rhythm, act = () => ({ well: true })) {
      const runs: Run[] = []
      const run: Task['run'] = (because) =>
        clock.work(async () => {
          runs.push({ at: clock.elapsed(), because })
          return act(runs.length)
        })
      return { runs, task: { name, rhythm, deadline: minutes(1), run } }
    },
    async run(tasks, lasts, sources = []) {
      const hold: TriggerSource = async (given, signal) => {
        fire = given
        await clock.pause(lasts, signal)
        stop.abort()
      }
      await runSchedule(
        {
          tasks,
          sources: [hold, ...sources],
          clock,
          random: () => 0.5,
          problem: (error) => assert.fail(String(error)),
        },
        stop.signal,
      )
    },
  }
}

/** Fires after so long. */
const after =
  (home: Home, wait: Duration, act: () => void): TriggerSource =>
  async (_fire, signal) => {
    await home.clock.pause(wait, signal)
    act()
  }

const times = (runs: readonly Run[]): number[] => runs.map(({ at }) => Math.round(at / 1000))

test('each has its own rhythm', async (t) => {
  const home = homeFor(t)
  const record = home.task('dns-record', minutes(5))
  const certificate = home.task('certificate', minutes(60))
  await home.run([record.task, certificate.task], minutes(61))
  assert.deepEqual(times(certificate.runs), [0, 3600])
  assert.equal(record.runs.length, 13)
  assert.deepEqual(record.runs[1]?.because, ['its rhythm'])
})

test('one that fails backs off by itself, never more slowly than its rhythm, and the others go on', async (t) => {
  const home = homeFor(t)
  const failing = home.task('certificate', minutes(2), () => ({ well: false }))
  const steady = home.task('dns-record', minutes(1))
  await home.run([failing.task, steady.task], seconds(430))
  // 7.5 s, 15 s, 30 s, 60 s, 120 s: half of each is jitter, and this chance is 0.5.
  assert.deepEqual(times(failing.runs), [0, 8, 23, 53, 113, 233, 353])
  assert.equal(steady.runs.length, 8)
})

test('looks never overlap, and many who ask meanwhile get one more', async (t) => {
  const home = homeFor(t)
  let running = 0
  const record = home.task('dns-record', hours(1), async () => {
    assert.equal(++running, 1)
    if (record.runs.length === 1)
      for (const because of ['the router said so', 'netlink said so', 'the router said so'])
        home.fire({ look: ['dns-record'], because })
    await new Promise(setImmediate)
    running--
    return { well: true }
  })
  await home.run([record.task], minutes(1))
  assert.deepEqual(
    record.runs.map(({ because }) => because),
    [['the start'], ['the router said so', 'netlink said so']],
  )
})

test('an event is looked at now, whatever the rhythm and the backoff', async (t) => {
  const home = homeFor(t)
  const record = home.task('dns-record', hours(1), (run) => ({ well: run > 3 }))
  const fire = () => home.fire({ look: ['dns-record'], because: 'the router announced itself' })
  await home.run([record.task], minutes(2), [after(home, seconds(9), fire)])
  assert.deepEqual(times(record.runs), [0, 8, 9, 39])
  assert.deepEqual(record.runs[2]?.because, ['the router announced itself'])
})

test('a storm of events costs half a look a second', async (t) => {
  const home = homeFor(t)
  const record = home.task('dns-record', hours(1))
  const storm: TriggerSource = async (fire, signal) => {
    while (!signal.aborted) {
      fire({ look: 'all', because: 'the line flaps' })
      await home.clock.pause(milliseconds(100), signal)
    }
  }
  await home.run([record.task], minutes(2), [storm])
  assert.ok(record.runs.length >= 85 && record.runs.length <= 92, String(record.runs.length))
})

test('who asks for a pause is left alone until its end, whoever asks', async (t) => {
  const home = homeFor(t)
  const limited = home.task('certificate', minutes(10), (run) =>
    run === 1 ? { well: false, notBefore: later(noon, hours(3)) } : { well: true },
  )
  const fire = () => home.fire({ look: 'all', because: 'a click' })
  await home.run([limited.task], hours(4), [after(home, minutes(1), fire)])
  assert.equal(limited.runs[1]?.at, hours(3))
})

test('a pause that a wrong clock made endless ends', async (t) => {
  const home = homeFor(t)
  const limited = home.task('certificate', hours(1), (run) =>
    run === 1 ? { well: false, notBefore: new Date('2036-01-01') } : { well: true },
  )
  await home.run([limited.task], days(2))
  assert.equal(limited.runs[1]?.at, hours(36))
})

test('a first look that hangs holds up the others for a minute, not for ever', async (t) => {
  const home = homeFor(t)
  const hanging: Task = {
    name: 'certificate',
    rhythm: hours(1),
    deadline: minutes(1),
    run: (_because, signal) =>
      new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve({ well: false }), { once: true }),
      ),
  }
  const record = home.task('dns-record', hours(1))
  await home.run([hanging, record.task], minutes(5))
  assert.deepEqual(times(record.runs), [60])
})

for (const [what, ms] of [
  ['ahead (the machine slept)', 9 * hours(1)],
  ['back (the clock was set)', -2 * hours(1)],
] as const) {
  test(`when the dates jump ${what}, everything is looked at`, async (t) => {
    const home = homeFor(t)
    const certificate = home.task('certificate', hours(12))
    await home.run([certificate.task], hours(1), [
      clockWatch(home.clock),
      after(home, minutes(30), () => home.clock.jump(ms)),
    ])
    assert.equal(certificate.runs.length, 2)
    assert.ok((certificate.runs[1]?.at ?? 0) <= minutes(30) + seconds(10))
    assert.match(certificate.runs[1]?.because[0] ?? '', ms > 0 ? /slept.*9 h/ : /back by 2 h/)
  })
}

test('a clock that went back does not stop the rhythm', async (t) => {
  const home = homeFor(t)
  const record = home.task('dns-record', minutes(5))
  await home.run([record.task], minutes(60), [
    after(home, minutes(1), () => home.clock.jump(-400 * days(1))),
  ])
  assert.equal(record.runs.length, 12)
})

test('a source that gives up is told and started again', async (t) => {
  const clock = virtualClock(noon)
  t.after(() => clock[Symbol.dispose]())
  const stop = new AbortController()
  const problems: string[] = []
  let starts = 0
  await runSchedule(
    {
      tasks: [],
      clock,
      random: () => 0.5,
      problem: (error) => problems.push(String(error)),
      sources: [
        () => {
          if (++starts === 3) stop.abort()
          return Promise.reject(new Error('no netlink here'))
        },
      ],
    },
    stop.signal,
  )
  assert.deepEqual([starts, problems.length], [3, 2])
})

test('while one is run for the first time, who had their turn may be asked for again', async (t) => {
  const home = homeFor(t)
  const quick = home.task('dns-record', minutes(5))
  const slow: Task = {
    name: 'proofs',
    rhythm: minutes(15),
    deadline: minutes(3),
    async run(_because, signal) {
      await home.clock.pause(seconds(40), signal)
      return { well: true }
    },
  }
  const moved = after(home, seconds(10), () =>
    home.fire({ look: ['dns-record'], because: 'the home has moved' }),
  )
  await home.run([quick.task, slow], seconds(30), [moved])
  assert.deepEqual(
    quick.runs.map(({ at }) => at),
    [0, seconds(10)],
  )
})
