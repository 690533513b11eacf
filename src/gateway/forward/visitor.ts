import { addressOf } from '../../core/address.ts'

/** As many visitors as are remembered; a home has tens. */
const remembered = 1024

/** Reads what the edge says of the visitor: one valid address, in its canonical form, or undefined. */
export function visitorReader(): (said: string) => string | undefined {
  const known = new Map<string, string>()
  return (said) => {
    const before = known.get(said)
    if (before !== undefined) return before
    const text = addressOf(said)?.text
    if (text !== undefined) {
      if (known.size >= remembered) known.clear()
      known.set(said, text)
    }
    return text
  }
}
