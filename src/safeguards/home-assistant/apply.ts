import { Problem } from '../../core/problem.ts'
import { done, type Applied, type Step } from '../../core/safeguard.ts'
import { setHttp } from './apply-http.ts'
import { restartFor } from './apply-restart.ts'
import { restoreYaml, setYaml } from './apply-yaml.ts'
import type { Do, Expects, Port } from './types.ts'

export async function apply({ does }: Step<Do>, port: Port, signal: AbortSignal): Promise<Applied> {
  switch (does.verb) {
    case 'await-owner':
      await mustHaveOwner(port, signal)
      return done
    case 'set-external-url':
      await port.setExternalUrl(does.now, signal)
      return done
    default:
      return await port.whileRestarting(() => applyByRestart(does, port, signal))
  }
}

async function applyByRestart(
  does: Exclude<Do, { verb: 'await-owner' | 'set-external-url' }>,
  port: Port,
  signal: AbortSignal,
): Promise<Applied> {
  switch (does.verb) {
    case 'set-http': {
      const applied = await setHttp(does, port, signal)
      if (applied.is === 'done') await noteServed(does.expects, port)
      return applied
    }
    case 'set-yaml':
      await setYaml(does, port, signal)
      await noteServed(does.expects, port)
      return done
    case 'restore-yaml':
      await restoreYaml(does, port, signal)
      return done
    case 'restart':
      await restartFor(does, port, signal)
      return done
  }
}

/** It was restarted with this pair; after a renewal it is known for the one from before. */
async function noteServed(expects: Expects, port: Port): Promise<void> {
  const pair = expects === 'certificate' ? await port.pair() : undefined
  if (pair) await port.noteRestart(pair.fingerprint)
}

async function mustHaveOwner(port: Port, signal: AbortSignal): Promise<void> {
  if ((await port.outside(signal)).onboarded) return
  throw new Problem(
    'home-assistant/not-onboarded',
    'Home Assistant has no owner yet, so nothing is published',
    { hint: 'open Home Assistant at home, create the owner, then run the command again' },
  )
}
