import { join } from 'node:path'

/** The command on that processor alone; without one it is left as it is. */
export const pinned = (processor: number | undefined, command: readonly string[]): string[] =>
  processor === undefined
    ? [...command]
    : ['setsid', '/bin/sh', join(import.meta.dirname, 'pinned.sh'), String(processor), ...command]
