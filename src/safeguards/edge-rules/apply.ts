import { Problem } from '../../core/problem.ts'
import { couldNotConfirm, done, type Applied, type Step } from '../../core/safeguard.ts'
import type { Do, Port } from './types.ts'

export async function apply({ does }: Step<Do>, port: Port, signal: AbortSignal): Promise<Applied> {
  try {
    await perform(does, port, signal)
    return done
  } catch (error) {
    if (error instanceof Problem && error.code === 'cloudflare/unconfirmed')
      return couldNotConfirm(error.message)
    throw error
  }
}

function perform(does: Do, port: Port, signal: AbortSignal): Promise<void> {
  switch (does.verb) {
    case 'put-rule':
      return port.put(does.phase, does.rule, signal)
    case 'remove-rule':
      return port.remove(does.phase, does.was.ref, signal)
    case 'set':
      return port.set(does.setting, does.now, signal)
    case 'set-bot-fight':
      return port.setBotFight(does.now, signal)
  }
}
