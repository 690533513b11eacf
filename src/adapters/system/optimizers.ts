import { setFlagsFromString } from 'node:v8'

/**
 * V8's optimising compilers. What they hold (their own pages, the code they make, what they remember of it) is 4 MiB of a
 * keeper at rest, which hardly notices them (Node 24.21).
 */
const compilers = ['opt', 'maglev']

/** What is not optimised by now is run as it is. What is stays so. */
export function holdOptimizers(): void {
  for (const each of compilers) setFlagsFromString(`--no-${each}`)
}

/** What runs often is optimised from now on. */
export function releaseOptimizers(): void {
  for (const each of compilers) setFlagsFromString(`--${each}`)
}
