import { spawn } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** The checkout, where the cache is unless GATEHOUSE_CACHE names another place. */
export const checkout = resolve(import.meta.dirname, '../..')

/** Where the toolbox keeps what it fetched. It can be deleted at any time; it costs a minute or two to fill again. */
export const cache = resolve(process.env['GATEHOUSE_CACHE'] ?? join(checkout, '.cache'))

/**
 * Runs a command that fills one part of the cache. Parallel callers wait for each other by `flock`, whose
 * lock the kernel drops with its holder, so that a killed build locks nobody out. Rejects with the end of the log.
 */
export async function build(
  name: string,
  command: readonly string[],
  minutes: number,
): Promise<void> {
  await mkdir(join(cache, 'locks'), { recursive: true })
  await mkdir(join(cache, 'logs'), { recursive: true })
  const log = join(cache, 'logs', `${name}.log`)
  const code = await new Promise<number | null>((done, fail) => {
    // The log belongs to whoever holds the lock, so it is opened behind the lock.
    const child = spawn(
      'flock',
      [
        join(cache, 'locks', name),
        'sh',
        '-c',
        'log=$1; shift; exec "$@" >"$log" 2>&1',
        'sh',
        log,
        'timeout',
        `${minutes}m`,
        ...command,
      ],
      { stdio: 'ignore' },
    )
    child.once('error', fail)
    child.once('exit', done)
  })
  if (code === 0) return
  const end = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').slice(-4).join(' / ')
  throw new Error(
    `${name}: ${code === 124 ? `not done after ${minutes} minutes` : `exit ${code}`}: ${end}`,
  )
}
