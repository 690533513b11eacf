import type { Safeguard } from '../../core/safeguard.ts'
import { apply } from './apply.ts'
import { check } from './check.ts'
import { observe } from './observe.ts'
import { plan } from './plan.ts'
import type { Desired, Do, Observed, Port } from './types.ts'
import { undo } from './undo.ts'

/** Home Assistant takes the visitor's address from the proxy before it, and from nobody else. */
export const homeAssistant = (port: Port): Safeguard<Desired, Observed, Do> => ({
  name: 'home-assistant',
  observe: (signal) => observe(port, signal),
  plan,
  apply: (step, signal) => apply(step, port, signal),
  check,
  undo,
})
