import type { Safeguard } from '../../core/safeguard.ts'
import { apply } from './apply.ts'
import { check } from './check.ts'
import { observe } from './observe.ts'
import { plan } from './plan.ts'
import type { Desired, Do, Observed, Port } from './types.ts'
import { undo } from './undo.ts'

/** The names of the home lead to the edge, and to nothing else. */
export const dnsRecord = (port: Port): Safeguard<Desired, Observed, Do> => ({
  name: 'dns-record',
  observe: (signal) => observe(port, signal),
  plan,
  apply: (step, signal) => apply(step, port, signal),
  check,
  undo,
})
