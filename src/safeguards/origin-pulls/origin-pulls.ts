import type { Safeguard } from '../../core/safeguard.ts'
import { apply, patience } from './apply.ts'
import { check } from './check.ts'
import { observe } from './observe.ts'
import { plan } from './plan.ts'
import type { Desired, Do, Observed, Port } from './types.ts'
import { undo } from './undo.ts'

/** The gateway knows the edge by a client certificate that only this home's edge has. */
export const originPulls = (
  names: readonly string[],
  port: Port,
  waits = patience,
): Safeguard<Desired, Observed, Do> => ({
  name: 'origin-pulls',
  observe: (signal) => observe(names, port, signal),
  plan,
  apply: (step, signal) => apply(step, port, waits, signal),
  check,
  undo,
})
