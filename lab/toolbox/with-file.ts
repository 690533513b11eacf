import { join } from 'node:path'

/**
 * The command that runs this one with another file at an existing place, for it alone: how a program that reads
 * /etc/resolv.conf or /etc/hosts comes to live in the lab's world without being told so.
 */
export const withFile = (place: string, file: string, command: readonly string[]): string[] => [
  'unshare',
  '--mount',
  '--',
  '/bin/sh',
  join(import.meta.dirname, 'with-file.sh'),
  place,
  file,
  ...command,
]
