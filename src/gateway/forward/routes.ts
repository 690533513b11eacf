import { nameOf } from '../../core/name.ts'
import type { Upstream } from '../upstream/upstream.ts'

/** The service behind each name. */
export type Routes = ReadonlyMap<string, Upstream>

/** Spellings of a Host that are remembered: a name, with or without the port. */
const remembered = 256

/**
 * The service that a Host means: one of the names, in any case, with or without a port. `undefined` when it is none of
 * them.
 */
export function hostReader(routes: Routes): (host: string) => Upstream | undefined {
  const known = new Map<string, Upstream>(routes)
  return (host) => {
    const before = known.get(host)
    if (before) return before
    const said = host.replace(/:\d{1,5}$/, '').toLowerCase()
    // `nameOf` also reads white space, a dot at the end and Unicode; whoever writes a Host writes none of them.
    const upstream = nameOf(said) === said ? routes.get(said) : undefined
    if (upstream && known.size < remembered) known.set(host, upstream)
    return upstream
  }
}
