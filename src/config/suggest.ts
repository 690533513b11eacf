/** The candidate that a typing mistake most likely meant, or `undefined` when none is near. */
export function suggest(given: string, candidates: readonly string[]): string | undefined {
  const allowed = Math.max(1, Math.floor(given.length / 3))
  const ranked = candidates
    .map((candidate) => ({
      candidate,
      distance: distance(given.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter((each) => each.distance <= allowed)
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.candidate
}

/** Edits between two words (Levenshtein). */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    previous = row
  }
  return previous[b.length] ?? 0
}
