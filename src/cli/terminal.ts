import type { Writable } from 'node:stream'

import { wrapped } from './wrap.ts'

/** Where a command speaks, and what that place can show. */
export type Terminal = {
  /** What was asked for: goes to standard output. */
  out(text: string): void
  /** Everything else: goes to standard error. */
  err(text: string): void
  readonly colour: boolean
  /** A person is there: questions can be asked, and progress is worth drawing. */
  readonly interactive: boolean
  /** One line that is redrawn while something takes long; nothing at all where nobody watches. */
  progress(text: string): void
  progressEnds(): void
}

type Stream = Writable & { readonly isTTY?: boolean; readonly columns?: number }

export type TerminalStreams = {
  readonly stdin: { readonly isTTY?: boolean }
  readonly stdout: Stream
  readonly stderr: Stream
}

export function terminalOf(
  { stdin, stdout, stderr }: TerminalStreams,
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  const watched = stderr.isTTY === true
  let drawn = false
  const clear = () => {
    if (drawn) stderr.write('\r\u001b[2K')
    drawn = false
  }
  return {
    out(text) {
      clear()
      stdout.write(`${fitted(text, stdout)}\n`)
    },
    err(text) {
      clear()
      stderr.write(`${fitted(text, stderr)}\n`)
    },
    colour: wantsColour(stdout, environment),
    interactive: stdin.isTTY === true && stdout.isTTY === true,
    progress(text) {
      if (!watched) return
      clear()
      stderr.write(text.slice(0, (stderr.columns ?? 80) - 1))
      drawn = true
    },
    progressEnds: clear,
  }
}

/** Below this nothing can be laid out any more. */
const narrowest = 40

const fitted = (text: string, { isTTY, columns = 0 }: Stream): string =>
  isTTY === true && columns >= narrowest ? wrapped(text, columns) : text

/** NO_COLOR (no-color.org) and FORCE_COLOR are honoured; otherwise colour only on a terminal. */
function wantsColour(
  stdout: Stream,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if ((environment['NO_COLOR'] ?? '') !== '') return false
  if ((environment['FORCE_COLOR'] ?? '') !== '') return true
  return stdout.isTTY === true && environment['TERM'] !== 'dumb'
}
