import { spawn } from 'node:child_process'

export type Ran = {
  /** Null when a signal ended it. */
  readonly code: number | null
  /** Standard output and error, as they came. */
  readonly text: string
  /** Standard output alone. */
  readonly out: string
}

/** Runs a program to its end, or for so many seconds at most. */
export async function run(
  command: readonly string[],
  how: {
    readonly env?: Readonly<Record<string, string>>
    readonly folder?: string
    readonly seconds?: number
  } = {},
): Promise<Ran> {
  const [program = '', ...rest] = command
  const child = spawn(program, rest, {
    env: { ...process.env, ...how.env },
    ...(how.folder === undefined ? {} : { cwd: how.folder }),
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.timeout((how.seconds ?? 60) * 1000),
  })
  let text = ''
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    out += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  return await new Promise((done, fail) => {
    child.once('error', (error) => fail(new Error(`${program}: ${error.message}\n${text}`)))
    child.once('close', (code) => done({ code, text, out }))
  })
}
