import type { Safeguard } from '../../core/safeguard.ts'
import { apply } from './apply.ts'
import { check } from './check.ts'
import { observe } from './observe.ts'
import { plan } from './plan.ts'
import type { Desired, Do, Observed, Port } from './types.ts'
import { undo } from './undo.ts'

/** A publicly valid certificate for the names, there before it is needed and renewed before it ends. */
export const certificate = (
  wish: Pick<Desired, 'names' | 'copyTo'>,
  port: Port,
): Safeguard<Desired, Observed, Do> => ({
  name: 'certificate',
  observe: (signal) => observe(wish, port, signal),
  plan,
  apply: (step, signal) => apply(step, wish.names, port, signal),
  check,
  undo,
})
