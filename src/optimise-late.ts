import { setFlagsFromString } from 'node:v8'

/**
 * Has V8 optimise only what is run fifty times as often as it would usually take. Nothing in a keeper at rest is that hot, so
 * that the optimising compiler, the pages of Node's file in which it lies, and what it makes are never there: 4 of 75 MiB
 * (Node 24.21, November 2026). What the gateway forwards is that hot after a second of real load.
 */
export function optimiseLate(): void {
  for (const flag of [
    '--invocation-count-for-maglev=20000',
    '--invocation-count-for-maglev-osr=5000',
  ])
    setFlagsFromString(flag)
}
