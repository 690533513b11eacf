import type { StatusReader } from './status.ts'

/** Counts looks by safeguard and outcome, since it was made. */
export function countLooks(
  board: StatusReader,
): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const counts = new Map<string, Record<string, number>>(
    board.read().safeguards.map(({ name }) => [name, {}]),
  )
  board.subscribe((event) => {
    if (event.is !== 'looked' || event.safeguard.lastLook === null) return
    const { outcome } = event.safeguard.lastLook
    const mine = counts.get(event.safeguard.name) ?? {}
    mine[outcome] = (mine[outcome] ?? 0) + 1
    counts.set(event.safeguard.name, mine)
  })
  return counts
}
