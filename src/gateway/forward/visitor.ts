import { addressOf } from '../../core/address.ts'
import { statementAbout } from './towards-home.ts'

/** Whom a request is from: the address in its canonical form, and what the upstream is told of it. */
export type Visitor = { readonly address: string; readonly statement: Buffer }

export const visitorAt = (address: string): Visitor => ({
  address,
  statement: statementAbout(address),
})

/** As many visitors as are remembered; a home has tens. */
const remembered = 1024

/** Reads what the edge says of the visitor: one valid address, or undefined. */
export function visitorReader(): (said: string) => Visitor | undefined {
  const known = new Map<string, Visitor>()
  return (said) => {
    const before = known.get(said)
    if (before !== undefined) return before
    const text = addressOf(said)?.text
    if (text === undefined) return undefined
    if (known.size >= remembered) known.clear()
    const visitor = visitorAt(text)
    known.set(said, visitor)
    return visitor
  }
}
