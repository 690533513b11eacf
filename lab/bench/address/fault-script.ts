import type { Actor } from '../../network/actor.ts'
import type { Cloud } from '../../network/actors/cloud.ts'
import type { RouterDeeds } from '../../network/actors/router.ts'
import type { Host } from '../../network/namespaces.ts'

/** What a script may do to the home. The truth is kept: whatever else is written is wrong. */
export type Stage = {
  readonly router: Actor<RouterDeeds>
  readonly cloud: Actor<Cloud>
  readonly home: Host
  /** An address of the provider that nobody has. */
  next(): string
  /** The provider gives the home this address, and the router knows and says so. */
  moves(address: string): Promise<void>
  /** The line is down, and the router says so. */
  drops(): Promise<void>
  /** The address that the home has. */
  current(): string
  /** Lets so many ms go by. */
  waits(ms: number): Promise<unknown>
  /** Waits until the record is this; fails after half a minute. */
  follows(address: string): Promise<void>
}

/** One thing that goes wrong with addresses. At its end the record must be the address of the home. */
export type FaultScript = {
  /** One sentence, lower case. */
  readonly says: string
  play(stage: Stage): Promise<void>
}
