import assert from 'node:assert/strict'
import { test } from 'node:test'

import { virtualClock } from '../../lab/world/virtual-clock.ts'
import type { Reached } from '../compose/reach.ts'
import { hours, minutes, seconds } from '../core/duration.ts'
import { finding } from '../core/finding.ts'
import { newBoard } from './board.ts'
import { networkWatch } from './network.ts'
import { ripening } from './ripening.ts'
import { runSchedule, type Task } from './schedule.ts'
import type { TriggerSource } from './trigger.ts'

/** A home whose Cloudflare, authority and resolvers are there or not; three safeguards need them. */
async function homeWhere(
  reached: (at: number) => { readonly cloudflare: boolean; readonly authority: boolean },
  lasts: number,
) {
  using clock = virtualClock(new Date('2026-11-25T12:00:00Z'))
  const stop = new AbortController()
  const board = newBoard({ safeguards: ['dns-record'], now: clock.now })
  const told: { readonly at: number; readonly says: string }[] = []
  board.subscribe((event) => {
    if (event.is === 'opened' || event.is === 'mended')
      told.push({ at: clock.elapsed() / 1000, says: `${event.is} ${event.finding.code}` })
  })
  const looks: number[] = []
  const network = networkWatch((): Promise<Reached> => {
    const { cloudflare, authority } = reached(clock.elapsed())
    return Promise.resolve([
      { who: "Cloudflare's API", reached: cloudflare },
      { who: 'the certificate authority', reached: authority },
    ])
  }, board)
  let ask: (because: string) => void = () => undefined
  const listen: TriggerSource = async (fire, signal) => {
    ask = (because) => fire({ look: ['network'], because })
    await clock.pause(minutes(lasts), signal)
    stop.abort()
  }
  const needing = (
    name: Task['name'],
    party: 'cloudflare' | 'authority',
    code: 'cloudflare/no-answer' | 'certificate/authority-unreachable',
  ): Task => ({
    name,
    rhythm: hours(1),
    deadline: minutes(1),
    run: () =>
      clock.work(() => {
        const well = reached(clock.elapsed())[party]
        if (name === 'dns-record') looks.push(clock.elapsed() / 1000)
        board.sees(name, well ? [] : [finding(code, 'no answer')])
        if (!well) ask(`a look at ${name} failed`)
        return Promise.resolve({ well })
      }),
  })
  await runSchedule(
    {
      clock,
      random: () => 0.5,
      problem: (error) => assert.fail(String(error)),
      tasks: [
        needing('dns-record', 'cloudflare', 'cloudflare/no-answer'),
        needing('edge-rules', 'cloudflare', 'cloudflare/no-answer'),
        needing('certificate', 'authority', 'certificate/authority-unreachable'),
        network.task,
      ],
      sources: [listen, network.source, ripening(board, clock)],
    },
    stop.signal,
  )
  return { told, looks, board }
}

test('a dead network is one thing to tell, however long, and everything is looked at once it is over', async () => {
  const back = hours(5)
  const { told, looks, board } = await homeWhere(
    (at) => ({ cloudflare: at > back, authority: at > back }),
    6 * 60,
  )
  assert.deepEqual(
    told.map(({ says }) => says),
    ['opened network/down', 'mended network/down'],
  )
  const [opened, mended] = told
  assert.ok(opened && opened.at >= 60 && opened.at < 120, String(opened?.at))
  assert.ok(mended && mended.at * 1000 - back <= seconds(30), String(mended?.at))
  assert.ok(looks.some((at) => at * 1000 > back && at * 1000 <= back + seconds(31)))
  assert.deepEqual(board.read().findings, [])
})

test('a blip of the network is not told', async () => {
  const { told } = await homeWhere(
    (at) => ({ cloudflare: at > seconds(40), authority: at > seconds(40) }),
    30,
  )
  assert.deepEqual(told, [])
})

test('one party that is away is told as that party', async () => {
  const { told } = await homeWhere(() => ({ cloudflare: false, authority: true }), 30)
  assert.deepEqual(
    told.map(({ says }) => says),
    ['opened cloudflare/no-answer'],
  )
})
