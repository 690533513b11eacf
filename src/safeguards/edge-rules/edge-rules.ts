import type { Safeguard } from '../../core/safeguard.ts'
import { apply } from './apply.ts'
import { check } from './check.ts'
import { observe } from './observe.ts'
import { plan } from './plan.ts'
import type { Desired, Do, Observed, Port } from './types.ts'
import { undo } from './undo.ts'

/** The edge checks our certificate, leaves Home Assistant's pages as they are, and lets in whom the owner wishes. */
export const edgeRules = (port: Port): Safeguard<Desired, Observed, Do> => ({
  name: 'edge-rules',
  observe: (signal) => observe(port, signal),
  plan,
  apply: (step, signal) => apply(step, port, signal),
  check,
  undo,
})
