const units = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** Roughly when that is, for people: `just now`, `3 minutes ago`, `in 2 hours`. */
export function describeAge(at: Date, now: Date): string {
  const ms = now.getTime() - at.getTime()
  const [unit, size] = units.find(([, each]) => Math.abs(ms) >= each) ?? ['minute', 0]
  if (size === 0) return ms >= 0 ? 'just now' : 'in a moment'
  const count = Math.floor(Math.abs(ms) / size)
  const amount = `${count} ${unit}${count === 1 ? '' : 's'}`
  return ms > 0 ? `${amount} ago` : `in ${amount}`
}
