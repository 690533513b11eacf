import type { World } from '../world/world.ts'

/** Something that a person, a provider or a machine gets wrong, and what the program has to say of it. */
export type BadInput = {
  readonly name: string
  /** Returns how it is healed. */
  plant?(world: World): Promise<() => Promise<void>> | (() => void)
  /** What is run; `apply --yes` where nothing is said. */
  readonly argv?: readonly string[]
  readonly environment?: (world: World) => Readonly<Record<string, string>>
  readonly exit: 1 | 2 | 64
  /** The code of the failure; `undefined` where the output of the command itself tells it. */
  readonly code: string | undefined
  readonly says: RegExp
  /** What to do about it. */
  readonly hint: RegExp
}

/** A second name takes a second certificate: what happens on the way to it can be seen in a home that is complete. */
export const anotherName = (): Readonly<Record<string, string>> => ({
  GATEHOUSE_NAMES: 'ha.example.com,two.example.com',
})
