import { certificateId, type RenewalWindow } from '../adapters/acme/ari.ts'
import type { renewalStore } from '../adapters/system/renewal-store.ts'
import type { Effects } from './effects.ts'

type Asked = { readonly window: RenewalWindow; readonly againAt: Date } | undefined

/**
 * When the authority wants a certificate to be renewed: one moment, drawn once in its window and kept
 * (RFC 9773 section 4.2). Drawn again only when the window changes, and asked for again when the authority
 * said so; while it does not answer, the moment that is kept holds.
 */
export function renewalMoments(
  drawn: ReturnType<typeof renewalStore>['drawn'],
  { now, random }: Effects,
) {
  const again = new Map<string, { readonly moment: Date; readonly at: Date }>()
  return async (
    chainPem: string,
    ask: (signal: AbortSignal) => Promise<Asked>,
    signal: AbortSignal,
  ): Promise<Date | undefined> => {
    const id = certificateId(chainPem)
    if (id === undefined) return undefined
    const known = again.get(id)
    if (known && now() < known.at) return known.moment
    const loaded = await drawn.load()
    const kept = loaded?.id === id ? loaded : undefined
    let asked: Asked
    try {
      asked = await ask(signal)
    } catch (error) {
      if (signal.aborted || !kept) throw error
      return kept.moment
    }
    if (!asked) return kept?.moment
    const { start, end } = asked.window
    const same = Number(kept?.start) === Number(start) && Number(kept?.end) === Number(end)
    const moment =
      kept && same
        ? kept.moment
        : new Date(start.getTime() + random() * (Number(end) - Number(start)))
    if (!same) await drawn.save({ id, start, end, moment })
    // Of the certificates before it nothing is asked any more.
    again.clear()
    again.set(id, { moment, at: asked.againAt })
    return moment
  }
}
