import { Problem } from '../../core/problem.ts'
import { done, type Applied, type Step } from '../../core/safeguard.ts'
import { sameSettings } from './settings.ts'
import type { Do, Port, Settings } from './types.ts'

/** A Raspberry Pi takes minutes to boot; the trial ends after five by itself. */
const restartMs = 270_000

export async function apply({ does }: Step<Do>, port: Port, signal: AbortSignal): Promise<Applied> {
  if (does.verb === 'set-external-url') await port.setExternalUrl(does.now, signal)
  else await setHttp(does.now, port, signal)
  return done
}

/**
 * Stage, wait, probe, promote. Killed or cut off anywhere, Home Assistant is on its old settings again
 * within five minutes by itself; run again, it goes on where it was.
 */
async function setHttp(now: Settings, port: Port, signal: AbortSignal): Promise<void> {
  const before = await port.httpState(signal)
  if (before && sameSettings(before.stable, now)) return
  const alreadyOnTrial =
    before?.onTrial === true &&
    before.pending !== undefined &&
    before.pending.error === undefined &&
    sameSettings(before.pending.settings, now)
  if (!alreadyOnTrial) {
    const why = await port.whyNotRestart(signal)
    if (why !== undefined) {
      throw new Problem(
        'home-assistant/restart-refused',
        `Home Assistant could not restart: ${why}`,
        {
          hint: 'mend its configuration (Developer tools, YAML, Check configuration), then run the command again',
        },
      )
    }
    await port.stage(now, signal)
  }
  const tried = await port.waitFor(
    ({ onTrial, pending, stable }) =>
      (onTrial && pending !== undefined && sameSettings(pending.settings, now)) ||
      pending?.error !== undefined ||
      sameSettings(stable, now),
    restartMs,
    signal,
  )
  if (sameSettings(tried.stable, now)) return
  if (tried.pending?.error !== undefined) {
    throw new Problem(
      'home-assistant/settings-refused',
      `Home Assistant could not use the new http settings (${tried.pending.error}) and went back to the old ones`,
      { hint: 'look at its log; nothing was changed' },
    )
  }
  const { acceptsProxy } = await port.outside(signal)
  if (now['use_x_forwarded_for'] === true && !acceptsProxy) {
    // Nothing to do but not to confirm: Home Assistant goes back by itself.
    throw new Problem(
      'home-assistant/rejects-proxy',
      'Home Assistant refuses the proxy even with the new settings, so they were not confirmed and undo themselves within five minutes',
      {
        hint: 'it sees Gatehouse from another address (a container network, say): its log names the address; set home_assistant.sees_gatehouse_as to it',
      },
    )
  }
  await port.promote(signal)
}
