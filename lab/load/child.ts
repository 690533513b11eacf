import { once } from 'node:events'
import { spawn, type ChildProcess } from 'node:child_process'

export type Child = {
  readonly process: ChildProcess
  /** All it said on standard output until now. */
  said(): string
  /** Waits until it said that; rejects when it ends before. */
  says(what: RegExp): Promise<void>
  /** Closes its standard input, waits for its end, and answers with what it said. Rejects when it failed. */
  finish(): Promise<string>
  /** Ends it, by SIGTERM and then SIGKILL. */
  stop(): Promise<void>
}

/** A program of the lab that is started, watched by what it says, and ended by its own process. */
export function startChild(
  command: readonly string[],
  how: {
    readonly env?: Readonly<Record<string, string>>
    readonly folder?: string
    /** Its standard error is heard as well; some servers say there that they are ready. */
    readonly hearsErrors?: boolean
  } = {},
): Child {
  const [program = '', ...rest] = command
  const child = spawn(program, rest, {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(how.env === undefined ? {} : { env: how.env }),
    ...(how.folder === undefined ? {} : { cwd: how.folder }),
  })
  let out = ''
  let errors = ''
  const heard = new Set<() => void>()
  const hear = (): void => {
    for (const each of heard) each()
  }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk
    hear()
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    // The end is what tells why it ended.
    errors = `${errors}${chunk}`.slice(-20_000)
    if (how.hearsErrors) out += chunk
    hear()
  })
  const ended = new Promise<void>((done, fail) => {
    child.once('error', fail)
    child.once('close', () => done())
  })
  ended.catch(() => undefined)
  const failure = (): Error =>
    new Error(
      `${command.join(' ')} ended with ${child.exitCode ?? child.signalCode}: ${errors.trim()}`,
    )
  return {
    process: child,
    said: () => out,
    says: (what) =>
      new Promise((done, fail) => {
        const look = (): void => {
          if (!what.test(out)) return
          heard.delete(look)
          done()
        }
        heard.add(look)
        look()
        ended.then(() => fail(failure()), fail)
      }),
    async finish() {
      child.stdin.on('error', () => undefined)
      child.stdin.end()
      await ended
      if (child.exitCode !== 0) throw failure()
      return out
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 3000)
      await gone
      clearTimeout(late)
    },
  }
}
