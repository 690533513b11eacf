import type { FindingCode, Severity } from '../core/codes.ts'
import {
  days,
  hours,
  later,
  milliseconds,
  minutes,
  since,
  type Duration,
} from '../core/duration.ts'
import { finding } from '../core/finding.ts'
import type { FindingRecord, History } from '../core/history.ts'
import type { Notifier } from '../core/notice.ts'
import { reasonOf } from '../core/problem.ts'
import type { Board } from './board.ts'
import type { KeeperEvent, OpenFinding } from './status.ts'

/** What is to be told of one code, and to whom that was done. */
export type Item = {
  /** Undefined where the history could not be written. */
  readonly id: number | undefined
  readonly record: Omit<FindingRecord, 'id' | 'told'>
  readonly told: Map<Notifier, 'opened' | 'mended'>
  readonly dueAt: Date
}

export type LedgerOptions = {
  readonly board: Board
  readonly history: History
  readonly notifiers: readonly Notifier[]
  /** The least severe finding that is told. */
  readonly from: Severity
  readonly now: () => Date
  /** How long something must be gone before that is told. */
  readonly calm?: Duration | undefined
  /** What is to be told has changed. */
  readonly changed: () => void
}

/** What is to be told: the state of the history, and not a list of messages. */
export type Ledger = Disposable & {
  /** What this notifier is to tell next, soonest first; perhaps not yet. */
  next(notifier: Notifier): Item | undefined
  done(notifier: Notifier, item: Item): void
}

/** Something that comes and goes within minutes is one story, not ten messages. */
const usualCalm = minutes(2)
const longestCalm = hours(1)
/** By then every finding that waits to show has shown, or is none. */
const settledAfter = minutes(3)
const order: readonly Severity[] = ['notice', 'weak', 'broken']

/** Follows the board, writes the history, and knows what is not told yet. */
export function openLedger(options: LedgerOptions): Ledger {
  const { board, history, notifiers, now, changed } = options
  const items = new Map<FindingCode, Item>()
  const returns = new Map<FindingCode, { readonly times: number; readonly mended: Date }>()
  /** Open when the last keeper ended, and not seen since. */
  const inherited = new Set<FindingCode>()
  let kept = true

  /** A disk that is full is a finding; it keeps nobody from being told. */
  const keep = <T>(act: () => T): T | undefined => {
    try {
      const result = act()
      if (!kept) board.sees('history', [])
      kept = true
      return result
    } catch (error) {
      if (kept) {
        kept = false
        board.sees('history', [finding('history/not-kept', reasonOf(error))])
      }
      return undefined
    }
  }

  const put = (code: FindingCode, item: Item): void => {
    if (order.indexOf(item.record.severity) < order.indexOf(options.from)) return
    items.set(code, item)
    settle(code, item)
    changed()
  }
  /** What everybody knows is written down, and forgotten once it is gone. */
  const settle = (code: FindingCode, item: Item): void => {
    if (notifiers.some((notifier) => wish(item, notifier) !== undefined)) return
    const { id, record, told } = item
    const gone = record.mended !== null
    if (id !== undefined && told.size > 0) keep(() => history.told(id, gone ? 'mended' : 'opened'))
    if (gone) items.delete(code)
  }

  const opened = ({ code, severity, link, cases }: OpenFinding, at: Date): void => {
    inherited.delete(code)
    const before = items.get(code)
    if (before?.record.mended === null) return
    const record = {
      code,
      severity,
      link,
      says: cases.map(({ says }) => says).join('; '),
      hint: cases.find(({ hint }) => hint !== null)?.hint ?? null,
      opened: at,
      mended: null,
    }
    const id = keep(() => history.opened(record))?.id
    if (before?.id !== undefined) {
      // It is back before anybody was told that it was gone: for them it never was.
      const { id: gone } = before
      keep(() => history.told(gone, 'mended'))
    }
    put(code, { id, record, told: before?.told ?? new Map(), dueAt: at })
  }
  const mended = (code: FindingCode, at: Date): void => {
    keep(() => history.mended(code, at))
    const { times = -1, mended: last } = returns.get(code) ?? {}
    const again = last !== undefined && since(last, at) < days(1)
    const returned = { times: again ? times + 1 : 0, mended: at }
    returns.set(code, returned)
    const item = items.get(code)
    if (!item) return
    const calm = Math.min(longestCalm, (options.calm ?? usualCalm) * 2 ** returned.times)
    const dueAt = later(at, milliseconds(calm))
    put(code, { ...item, record: { ...item.record, mended: at }, dueAt })
  }
  /** What was mended while no keeper ran. */
  const disinherit = (): void => {
    const { startedAt, safeguards, verdict, findings } = board.read()
    if (inherited.size === 0 || verdict === null) return
    if (since(new Date(startedAt), now()) < settledAfter) return
    if (safeguards.some(({ lastLook }) => lastLook === null || lastLook.outcome === 'failed'))
      return
    const open = new Set(findings.map(({ code }) => code))
    for (const code of inherited) {
      inherited.delete(code)
      if (!open.has(code)) mended(code, now())
    }
  }

  for (const { id, told, ...record } of keep(() => history.current()) ?? []) {
    if (record.mended === null) inherited.add(record.code)
    const all = new Map(notifiers.map((each) => [each, 'opened' as const]))
    put(record.code, { id, record, told: told === 'nothing' ? new Map() : all, dueAt: now() })
  }
  const hear = (event: KeeperEvent): void => {
    if (event.is === 'opened') opened(event.finding, new Date(event.at))
    else if (event.is === 'mended') mended(event.finding.code, new Date(event.at))
    else {
      if (event.is === 'proven')
        keep(() => history.proven(event.verdict.proofs, new Date(event.verdict.checkedAt)))
      disinherit()
    }
  }
  const hearing = board.subscribe(hear)

  return {
    next: (notifier) =>
      [...items.values()]
        .filter((item) => wish(item, notifier) !== undefined)
        .toSorted((a, b) => Number(a.dueAt) - Number(b.dueAt))[0],
    done(notifier, item) {
      item.told.set(notifier, item.record.mended === null ? 'opened' : 'mended')
      const current = items.get(item.record.code)
      if (current) settle(item.record.code, current)
    },
    [Symbol.dispose]: () => hearing[Symbol.dispose](),
  }
}

/** That something is gone is only told to who was told that it was there. */
function wish({ record, told }: Item, notifier: Notifier): 'opened' | 'mended' | undefined {
  const before = told.get(notifier)
  if (record.mended === null) return before === 'opened' ? undefined : 'opened'
  return before === 'opened' ? 'mended' : undefined
}
