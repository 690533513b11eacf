import { heartbeat } from '../adapters/notify/heartbeat.ts'
import type { Home } from '../compose/home.ts'
import { composeNotifiers } from '../compose/notifiers.ts'
import type { Settings } from '../config/settings.ts'
import { liveness } from '../keeper/alive.ts'
import { beat } from '../keeper/beat.ts'
import type { Board } from '../keeper/board.ts'
import { tellPeople } from '../keeper/tell-people.ts'

export type Telling = {
  readonly settings: Settings
  readonly home: Home
  readonly board: Board
  readonly now: () => Date
  readonly random: () => number
}

/** Everybody who is told of what the keeper finds, until it is disposed of. */
export function startTelling({ settings, home, board, now, random }: Telling): AsyncDisposable {
  const stopping = new AbortController()
  const { signal } = stopping
  const { from, heartbeat: beats } = settings.telling
  const alive = liveness(board, now, () => performance.now())
  const people = tellPeople(
    {
      board,
      history: home.history,
      notifiers: composeNotifiers(settings),
      home: settings.names[0] ?? '',
      from,
      now,
      random,
    },
    signal,
  )
  const beating =
    beats &&
    beat({ heartbeat: heartbeat(beats.url, beats.style), every: beats.every, board, alive }, signal)
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await Promise.all([people, beating])
    },
  }
}
