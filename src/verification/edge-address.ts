import { withinAny } from '../core/address.ts'
import type { Subject } from './types.ts'

/** An address of the edge for the name, as a resolver gives it; IPv4 first, since every home has a way there. */
export async function edgeAddress(
  subject: Subject,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const type of ['A', 'AAAA'] as const) {
    const said = await subject.resolve(name, type, signal)
    const found = said
      .flatMap((each) => ('values' in each ? each.values : []))
      .find((address) => withinAny(address, subject.edgeRanges))
    if (found) return found.text
  }
  return undefined
}
