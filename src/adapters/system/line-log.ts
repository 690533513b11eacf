import { createWriteStream } from 'node:fs'

import { Problem, reasonOf } from '../../core/problem.ts'

/** Lines that the disk has not taken; beyond this they are dropped rather than kept in memory. Bytes. */
const mostWaiting = 1_048_576

export type LineLog = {
  readonly write: (line: unknown) => void
  close(): Promise<void>
}

/**
 * Appends one line of JSON each, readable for the owner alone (its lines say who asked for what). A disk that takes no
 * more is a Problem `disk/not-writable`, told once; the lines are lost, and nothing waits for them.
 */
export function lineLog(path: string, problem: (error: unknown) => void): LineLog {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 })
  stream.once('error', (error) =>
    problem(
      new Problem('disk/not-writable', `${path} cannot be written (${reasonOf(error)})`, {
        hint: 'make room, or name another file with gateway.access_log, and restart',
        cause: error,
      }),
    ),
  )
  return {
    write(line) {
      if (!stream.destroyed && stream.writableLength < mostWaiting)
        stream.write(`${JSON.stringify(line)}\n`)
    },
    close: () =>
      new Promise((resolve) => {
        if (stream.destroyed) resolve()
        else stream.end(() => resolve())
      }),
  }
}
