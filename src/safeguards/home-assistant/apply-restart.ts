import { Problem } from '../../core/problem.ts'
import { mustWork } from './probe.ts'
import type { Do, Port } from './types.ts'

/** Boots of the slowest machines. */
const restartMs = 600_000

/**
 * One restart for one pair, which is checked right before: with a pair that does not belong together Home Assistant would
 * end in recovery mode. It is noted, so that a folder that is not the one it reads never costs a second restart.
 */
export async function restartFor(
  { now }: Extract<Do, { verb: 'restart' }>,
  port: Port,
  signal: AbortSignal,
): Promise<void> {
  const pair = await port.pair()
  if (pair?.fingerprint !== now)
    throw new Problem(
      'home-assistant/pair',
      'the certificate for Home Assistant changed meanwhile',
      {
        hint: 'run the command again',
      },
    )
  await mustBeValid(port, signal)
  await port.noteRestart(now)
  await port.restart(restartMs, signal)
  await mustWork('certificate', port, signal)
}

/** By its own check. Throws Problem `home-assistant/restart-refused`. */
export async function mustBeValid(port: Port, signal: AbortSignal): Promise<void> {
  const why = await port.whyNotRestart(signal)
  if (why === undefined) return
  throw new Problem('home-assistant/restart-refused', `Home Assistant could not restart: ${why}`, {
    hint: 'mend its configuration (Developer tools, YAML, Check configuration), then run the command again',
  })
}
