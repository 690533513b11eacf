import { setTimeout as sleep } from 'node:timers/promises'

import { Problem } from '../../core/problem.ts'
import { couldNotConfirm, done, type Applied } from '../../core/safeguard.ts'
import { mustBeValid } from './apply-restart.ts'
import { mustWork } from './probe.ts'
import { sameSettings } from './settings.ts'
import type { Do, HttpState, Port, Settings } from './types.ts'

/** A Raspberry Pi takes minutes to boot; the trial ends after five by itself. */
const restartMs = 270_000
/** A restart that was asked for begins within its own check of the configuration. */
const restartBeginsMs = 90_000
/** Home Assistant takes no change while it starts. */
const busyMs = 180_000
const busyPollMs = 500

/**
 * Stage, wait, probe, promote. Killed or cut off anywhere, Home Assistant is on its old settings again
 * within five minutes by itself; run again, it goes on where it was.
 */
export async function setHttp(
  { now, expects }: Extract<Do, { verb: 'set-http' }>,
  port: Port,
  signal: AbortSignal,
): Promise<Applied> {
  const before = await port.httpState(signal)
  if (before && sameSettings(before.stable, now)) return done
  if (!(before?.onTrial === true && isOurs(before, now))) {
    const staged = await stage(now, port, signal)
    if (staged !== undefined) return staged
  }
  const tried = await port.waitFor((state) => isDecided(state, now), restartMs, signal)
  if (sameSettings(tried.stable, now)) return done
  if (tried.pending?.error !== undefined) throw couldNotUse(tried.pending)
  try {
    await mustWork(expects, port, signal)
  } catch (error) {
    signal.throwIfAborted()
    await takeBack(port, signal)
    throw error instanceof Problem ? undone(error) : error
  }
  return await confirm(now, port, signal)
}

/** On trial, failed, or taken over: the restart is over. */
const isDecided = (state: HttpState, now: Settings): boolean =>
  (state.onTrial && isOurs(state, now)) ||
  state.pending?.error !== undefined ||
  sameSettings(state.stable, now)

const isOurs = ({ pending }: HttpState, now: Settings): boolean =>
  pending !== undefined && pending.error === undefined && sameSettings(pending.settings, now)

/** `undefined`: the settings are staged, and the restart that tries them has begun. */
async function stage(now: Settings, port: Port, signal: AbortSignal): Promise<Applied | undefined> {
  await mustBeValid(port, signal)
  const outcome = await stageOnceRunning(now, port, signal)
  if (outcome === 'busy')
    return couldNotConfirm('Home Assistant is still starting, and takes no change before it runs')
  if (outcome === 'lost') {
    // Heard or not: what it has now tells.
    const state = await port.waitFor(() => true, restartMs, signal)
    if (!isOurs(state, now) && !isDecided(state, now))
      return couldNotConfirm('the connection broke off while the settings were staged')
  }
  try {
    // Staged before, by a run that was cut off, they only wait for a restart.
    if (outcome === 'unchanged') await port.restart(restartMs, signal)
    else await untilTried(now, port, signal)
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    await takeBack(port, signal)
    throw error
  }
}

/** `busy`: it did not come to run in all that time. */
async function stageOnceRunning(
  settings: Settings | undefined,
  port: Port,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<Port['stage']>>> {
  const deadline = performance.now() + busyMs
  while (true) {
    const outcome = await port.stage(settings, signal)
    if (outcome !== 'busy' || performance.now() > deadline) return outcome
    await sleep(busyPollMs, undefined, { signal })
  }
}

/** It restarts by itself; where it does not, it is asked to, and says why it does not. */
async function untilTried(now: Settings, port: Port, signal: AbortSignal): Promise<void> {
  const decided = (state: HttpState): boolean => isDecided(state, now)
  try {
    await port.waitFor(decided, restartBeginsMs, signal)
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'home-assistant/restart') throw error
    const state = await port.waitFor(() => true, restartMs, signal)
    if (!decided(state)) await port.restart(restartMs, signal)
  }
}

/** Otherwise they would be tried at whatever restart comes next. Where even that fails, they undo themselves. */
async function takeBack(port: Port, signal: AbortSignal): Promise<void> {
  try {
    await stageOnceRunning(undefined, port, signal)
    await port.waitFor(({ onTrial }) => !onTrial, restartMs, signal)
  } catch {
    signal.throwIfAborted()
  }
}

async function confirm(now: Settings, port: Port, signal: AbortSignal): Promise<Applied> {
  for (let tries = 3; tries > 0; tries--) {
    if ((await port.promote(signal)) === 'done') return done
    // An answer that was lost may have been a yes; a refusal may mean that it was confirmed by somebody else.
    const state = await port.waitFor(() => true, restartMs, signal)
    if (sameSettings(state.stable, now)) return done
    if (!state.onTrial || !isOurs(state, now)) {
      throw new Problem(
        'home-assistant/not-confirmed',
        'the new http settings could not be confirmed in time, and Home Assistant went back to the old ones',
        { hint: 'run the command again' },
      )
    }
  }
  return couldNotConfirm('Home Assistant did not say whether it kept the new http settings')
}

const couldNotUse = ({ error, because }: NonNullable<HttpState['pending']>): Problem =>
  new Problem(
    'home-assistant/settings-refused',
    `Home Assistant could not use the new http settings (${error ?? ''}${because === undefined ? '' : `: ${because}`}) and went back to the old ones`,
    { hint: 'look at its log; nothing was changed' },
  )

const undone = ({ code, message, hint }: Problem): Problem =>
  new Problem(
    code,
    `${message}; they are not confirmed, and undone`,
    hint === undefined ? {} : { hint },
  )
