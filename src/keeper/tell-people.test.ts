import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { openDatabase } from '../adapters/system/database.ts'
import { openHistory } from '../adapters/system/history.ts'
import { milliseconds, type Duration } from '../core/duration.ts'
import { finding } from '../core/finding.ts'
import type { History } from '../core/history.ts'
import type { Notice, Notifier } from '../core/notice.ts'
import { newBoard } from './board.ts'
import { tellPeople } from './tell-people.ts'

type Way = Notifier & { readonly got: string[]; fails: boolean; readonly tried: () => number }

function way(name: string): Way {
  const got: string[] = []
  let tried = 0
  const made: Way = {
    name,
    got,
    fails: false,
    tried: () => tried,
    notify({ is, code }: Notice) {
      tried++
      if (made.fails) return Promise.reject(new Error('down'))
      got.push(`${is} ${code}`)
      return Promise.resolve()
    },
  }
  return made
}

function keeper(t: TestContext, notifiers: readonly Notifier[], calm: Duration = milliseconds(0)) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tell-'))
  const database = openDatabase(join(folder, 'gatehouse.sqlite'))
  t.after(() => {
    database.close()
    rmSync(folder, { recursive: true })
  })
  const start = (history: History = openHistory(database), at = { now: Date.now() }) => {
    const now = (): Date => new Date(at.now)
    const board = newBoard({ safeguards: ['dns-record'], now })
    const stopping = new AbortController()
    const telling = tellPeople(
      {
        board,
        history,
        notifiers,
        home: 'ha.example.com',
        from: 'weak',
        now,
        random: () => 0,
        calm,
      },
      stopping.signal,
    )
    t.after(() => stopping.abort())
    return {
      board,
      at,
      stop: () => (stopping.abort(), telling),
      paused: () => board.sees('part', [finding('zone/paused', 'the zone is paused')]),
      fine: () => board.sees('part', []),
    }
  }
  return { start, history: openHistory(database) }
}

const turn = (): Promise<void> => sleep(20)

/** What is expected of a loop comes when it comes; what must not happen gets its `turn`. */
async function told(way: Way, ...expected: string[]): Promise<void> {
  for (let i = 0; i < 500 && way.got.length < expected.length; i++) await sleep(10)
  assert.deepEqual(way.got.toSorted(), expected.toSorted())
}

test('what opens and what is mended is told once, a mere notice is not', async (t) => {
  const ntfy = way('ntfy')
  const { start, history } = keeper(t, [ntfy])
  const { board, paused, fine, stop } = start()
  paused()
  paused()
  board.sees('other', [finding('local/name', 'not at home')])
  await told(ntfy, 'opened zone/paused')
  fine()
  board.sees('other', [])
  await told(ntfy, 'opened zone/paused', 'mended zone/paused')
  await turn()
  assert.equal(ntfy.got.length, 2)
  assert.equal(history.findings(9).length, 2, 'the history has the notice too')
  await stop()
})

test('a way that fails is a finding, holds up no other, and later tells only what is still true', async (t) => {
  const mail = way('e-mail')
  const ntfy = way('ntfy')
  mail.fails = true
  const { start } = keeper(t, [mail, ntfy])
  const { board, paused, fine, stop, at } = start()
  paused()
  await told(ntfy, 'opened zone/paused')
  await turn()
  assert.equal(mail.tried(), 1, 'it waits before it tries again')
  at.now += 3 * 60_000
  board.settle()
  assert.ok(board.read().findings.some(({ code }) => code === 'notify/failing'))
  fine()
  await told(ntfy, 'opened zone/paused', 'opened notify/failing', 'mended zone/paused')
  await stop()
})

test('what comes and goes is one story', async (t) => {
  const ntfy = way('ntfy')
  const { start } = keeper(t, [ntfy], milliseconds(60_000))
  const { paused, fine, stop } = start()
  for (let i = 0; i < 10; i++) {
    paused()
    await turn()
    fine()
    await turn()
  }
  assert.deepEqual(ntfy.got, ['opened zone/paused'])
  await stop()
})

test('a restart repeats nothing, and tells what was mended meanwhile', async (t) => {
  const ntfy = way('ntfy')
  const { start } = keeper(t, [ntfy])
  const first = start()
  first.paused()
  await told(ntfy, 'opened zone/paused')
  await first.stop()

  const second = start()
  second.paused()
  await turn()
  await second.stop()
  assert.deepEqual(ntfy.got, ['opened zone/paused'])

  const third = start()
  const looked = {
    look: { at: '', because: '', outcome: 'as-wished', did: [], left: [], says: null, code: null },
    failures: 0,
    nextLook: new Date(),
    findings: [],
  } as const
  third.board.proven({
    verdict: 'held',
    checkedAt: '2026-11-25T10:00:00Z',
    vantage: null,
    proofs: [],
    advice: [],
  })
  third.board.looked('dns-record', looked)
  await turn()
  assert.deepEqual(ntfy.got, ['opened zone/paused'], 'too early to say')
  third.at.now += 4 * 60_000
  third.board.looked('dns-record', looked)
  await told(ntfy, 'opened zone/paused', 'mended zone/paused')
  await third.stop()
})

test('what was not told before a kill is told after it', async (t) => {
  const ntfy = way('ntfy')
  ntfy.fails = true
  const { start } = keeper(t, [ntfy])
  const first = start()
  first.paused()
  await turn()
  await first.stop()
  ntfy.fails = false
  const second = start()
  await told(ntfy, 'opened zone/paused')
  await second.stop()
})

test('a full disk keeps nobody from being told', async (t) => {
  const ntfy = way('ntfy')
  const { start, history } = keeper(t, [ntfy])
  const full = (): never => {
    throw new Error('the disk is full')
  }
  const { paused, stop } = start({ ...history, opened: full, told: full, mended: full })
  paused()
  await told(ntfy, 'opened history/not-kept', 'opened zone/paused')
  await stop()
})
