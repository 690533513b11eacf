/**
 * One configuration over another, group by group: what the owner of an app wishes over what the app found out by itself.
 * What a form sends for a field that nobody filled in (`""`, `null`, an empty list or group) is no wish.
 */
export function layOver(beneath: Group, wishes: unknown): Group {
  const merged: Record<string, unknown> = { ...beneath }
  for (const [key, wish] of Object.entries(isGroup(wishes) ? wishes : {})) {
    if (isEmpty(wish)) continue
    const below = merged[key]
    merged[key] = isGroup(wish) ? layOver(isGroup(below) ? below : {}, wish) : wish
  }
  return merged
}

type Group = Readonly<Record<string, unknown>>

const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (Array.isArray(value) && value.every(isEmpty)) ||
  (isGroup(value) && Object.values(value).every(isEmpty))
