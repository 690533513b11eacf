import assert from 'node:assert/strict'
import { test } from 'node:test'

import { finding } from '../core/finding.ts'
import type { Guard, Look } from '../core/guard.ts'
import type { Journal } from '../core/journal.ts'
import { minutes } from '../core/duration.ts'
import { Problem } from '../core/problem.ts'
import type { Hooks } from '../core/reconcile.ts'
import { newBoard } from './board.ts'
import { safeguardTask, type SafeguardTaskOptions } from './safeguard-task.ts'

const now = () => new Date('2026-11-25T12:00:00Z')
const signal = new AbortController().signal
const step = { says: 'proxy it again', does: { id: 'r1' } }

const journal = (says: string[]): Journal => ({
  starts: (_run, name, { says: sentence }) => says.push(`${name}: ${sentence}`),
  ends: (_id, outcome) => void says.push(outcome),
  open: () => [],
})

function taskOf(
  name: Guard['name'],
  look: (hooks: Hooks<unknown>) => Promise<Look>,
  more: Partial<SafeguardTaskOptions> = {},
) {
  const nothing = { steps: [], left: [] }
  const board = newBoard({ safeguards: [name], now })
  const told: string[] = []
  board.subscribe((event) => {
    if (event.is === 'opened' || event.is === 'mended') told.push(event.finding.code)
  })
  const task = safeguardTask(
    {
      name,
      look: (hooks) => look(hooks),
      reconcile: () => Promise.reject(new Error('the keeper looks')),
      plan: () => Promise.resolve(nothing),
      check: () => Promise.resolve([]),
      undo: () => Promise.resolve(nothing),
      apply: () => Promise.resolve({ is: 'done' }),
    },
    {
      journal: journal([]),
      board,
      now,
      way: 'put-back',
      rhythm: minutes(5),
      deadline: minutes(1),
      tell: () => undefined,
      ...more,
    },
  )
  const run = async () => {
    const ended = await task.run(['its rhythm'], signal)
    ended.planned?.({ failures: ended.well ? 0 : 1, next: now() })
    return ended
  }
  return { run, board, told, status: () => board.read().safeguards[0] }
}

test('what is put back is in the journal before it happens', async () => {
  const says: string[] = []
  const { run, status } = taskOf(
    'dns-record',
    async (hooks) => {
      assert.equal(await hooks.approve({ steps: [step], left: [] }), true)
      await hooks.progress?.({ at: 'starts', step })
      assert.deepEqual(says, ['dns-record: proxy it again'])
      await hooks.progress?.({ at: 'ends', step, applied: { is: 'done' } })
      return { outcome: { is: 'settled', did: [step], left: [] }, findings: [] }
    },
    { journal: journal(says) },
  )
  await run()
  assert.deepEqual(says, ['dns-record: proxy it again', 'done'])
  assert.equal(status()?.lastLook?.outcome, 'put-back')
})

test('what the owner wants to be told only is not changed, and told', async () => {
  const { run, status, told } = taskOf(
    'dns-record',
    async (hooks) => {
      const plan = { steps: [step], left: [] }
      assert.equal(await hooks.approve(plan), false)
      return {
        outcome: { is: 'refused', plan },
        findings: [finding('dns/not-proxied', 'A ha.example.com is not proxied')],
      }
    },
    { way: 'report' },
  )
  assert.equal((await run()).well, true)
  assert.equal(status()?.lastLook?.outcome, 'reported')
  assert.equal(status()?.lastLook?.says, 'proxy it again')
  assert.deepEqual(told, ['dns/not-proxied', 'keeper/differs'])
})

test('nothing is changed that the journal cannot keep', async () => {
  const full = new Problem('disk/full', 'the disk is full')
  const { run, told, status } = taskOf(
    'dns-record',
    async (hooks) => {
      await hooks.progress?.({ at: 'starts', step })
      return assert.fail('it went on without its journal')
    },
    {
      journal: {
        ...journal([]),
        starts: () => {
          throw full
        },
      },
    },
  )
  assert.equal((await run()).well, false)
  assert.deepEqual(told, ['disk/full'])
  assert.deepEqual([status()?.lastLook?.outcome, status()?.failures], ['failed', 1])
})

test('an authority that asks for a pause is given it', async () => {
  const retryAt = new Date('2026-11-25T12:12:00Z')
  const failure = new Problem('certificate/not-validated', 'it did not find the proof', { retryAt })
  const remaining = { steps: [step], left: [] }
  const { run, status } = taskOf('certificate', () =>
    Promise.resolve({
      outcome: { is: 'unsettled', did: [], remaining, because: failure.message, failure },
      findings: [],
    }),
  )
  assert.deepEqual((await run()).notBefore, retryAt)
  assert.equal(status()?.lastLook?.code, 'certificate/not-validated')
})

test('a look that fails is a finding by the code of its problem, and gone with the next that does not', async () => {
  let looks = 0
  const { run, told, board } = taskOf('dns-record', () =>
    ++looks === 1
      ? Promise.reject(new Problem('token/refused', 'Cloudflare refuses the token'))
      : Promise.resolve({ outcome: { is: 'settled', did: [], left: [] }, findings: [] }),
  )
  await run()
  assert.deepEqual(told, ['token/refused'])
  await run()
  assert.deepEqual(board.read().findings, [])
})
