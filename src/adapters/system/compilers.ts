import { setFlagsFromString } from 'node:v8'

/**
 * V8's compilers; without them it interprets. What they hold (their own pages, the code they make, what they remember of it)
 * is 5 MiB of a keeper at rest, which hardly misses them (Node 24.21).
 */
const compilers = ['sparkplug', 'maglev', 'opt']

/** What is not compiled by now is interpreted. What is stays so. */
export function holdCompilers(): void {
  for (const each of compilers) setFlagsFromString(`--no-${each}`)
}

/** What runs often is compiled from now on. */
export function releaseCompilers(): void {
  for (const each of compilers) setFlagsFromString(`--${each}`)
}
