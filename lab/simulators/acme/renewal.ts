import { json, Refusal, type Reply } from './reply.ts'
import type { Issued, State } from './state.ts'

const day = 86_400_000
const hour = 3_600_000

/**
 * Boulder's numbers (core/objects.go): the centre at two thirds of the life, at half below ten days, and one
 * per cent of the life to each side. After a revocation or an incident it lies in the past.
 */
export function windowOf(state: State, each: Issued): { readonly start: Date; readonly end: Date } {
  const now = state.now().getTime()
  if (each.revoked || (state.urgedUntil !== undefined && each.at <= state.urgedUntil))
    return { start: new Date(now - 2 * hour), end: new Date(now - hour) }
  const life = each.days * day
  const centre = each.at - hour + life * (each.days < 10 ? 1 / 2 : 2 / 3)
  return { start: new Date(centre - life / 100), end: new Date(centre + life / 100) }
}

export const inWindow = (state: State, each: Issued): boolean =>
  state.now() >= windowOf(state, each).start

/** RFC 9773 section 4: for anybody, without a signature. */
export function renewalInfo(state: State, id: string): Reply {
  const found = state.issued.find(({ ariId }) => ariId === id)
  if (!found) throw new Refusal(404, 'malformed', 'the certificate is not known')
  const { start, end } = windowOf(state, found)
  return json({ suggestedWindow: { start: start.toISOString(), end: end.toISOString() } }, 200, {
    'retry-after': '21600',
  })
}
