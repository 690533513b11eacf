/**
 * What we know about one aspect of the world.
 *
 * `absent` is knowledge ("we asked, there is none"); `unknown` is the lack of it. A plan may create
 * what is absent. It must leave alone what is unknown, and say why.
 */
export type Fact<T> =
  | { readonly is: 'known'; readonly value: T }
  | { readonly is: 'absent' }
  | { readonly is: 'unknown'; readonly because: string }

export const known = <T>(value: T): Fact<T> => ({ is: 'known', value })

export const absent = { is: 'absent' } as const satisfies Fact<never>

export const unknown = (because: string): Fact<never> => ({ is: 'unknown', because })

/** The value, or `undefined` where it is absent or not known: only for places where both mean "do nothing". */
export function valueOf<T>(fact: Fact<T>): T | undefined {
  return fact.is === 'known' ? fact.value : undefined
}
