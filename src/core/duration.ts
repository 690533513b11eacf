/** A length of time in milliseconds. Made by the words below, never by bare arithmetic. */
export type Duration = number & { readonly __unit: 'milliseconds' }

// The only place where a number becomes a Duration.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand exists only here
export const milliseconds = (n: number): Duration => n as Duration
export const seconds = (n: number): Duration => milliseconds(n * 1000)
export const minutes = (n: number): Duration => seconds(n * 60)
export const hours = (n: number): Duration => minutes(n * 60)
export const days = (n: number): Duration => hours(n * 24)

export const since = (from: Date, to: Date): Duration => milliseconds(to.getTime() - from.getTime())
export const later = (from: Date, by: Duration): Date => new Date(from.getTime() + by)

const units = [
  ['d', days(1)],
  ['h', hours(1)],
  ['min', minutes(1)],
  ['s', seconds(1)],
] as const

/** For people: the two largest units, `29 d 3 h`, `1 min 5 s`, `0.4 s`, `35 ms`. */
export function describeDuration(duration: Duration): string {
  if (duration < 0) return `-${describeDuration(milliseconds(Math.abs(duration)))}`
  if (duration < 100) return `${Math.round(duration)} ms`
  if (duration < seconds(10)) return `${(duration / 1000).toFixed(1)} s`
  const parts: string[] = []
  let rest: number = Math.round(duration / 1000) * 1000
  for (const [word, size] of units) {
    const count = Math.floor(rest / size)
    if (count === 0 && parts.length === 0) continue
    if (count > 0) parts.push(`${count} ${word}`)
    rest -= count * size
    if (parts.length === 2) break
  }
  return parts.join(' ')
}
