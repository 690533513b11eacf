import type { FindingCode } from '../../src/core/codes.ts'
import type { World } from '../world/world.ts'

/** One thing that goes wrong in a home that was proven, and what `verify` has to say of it. */
export type Fault = {
  /** What somebody did, or what happened. */
  readonly name: string
  /** Returns how it is healed. */
  plant(world: World): Promise<() => Promise<void>> | (() => void)
  /** Broken, each of them, and named first where nothing else explains it. */
  readonly broken: readonly FindingCode[]
  /** Not known: neither fine nor broken. */
  readonly unknown?: readonly FindingCode[]
  /** A person would be led astray by these. */
  readonly notBroken: readonly FindingCode[]
  /** The one that explains the others. */
  readonly cause?: FindingCode
}
