import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { exit, type ExitCode } from './context.ts'
import { packageRoot } from './package-root.ts'
import type { Terminal } from './terminal.ts'

/** The sandbox is a program of its own, which comes with the source and is never shipped. */
const sandbox = join(packageRoot, 'lab/demo/main.ts')

export async function demoCommand(
  terminal: Terminal,
  options: { readonly once: boolean; readonly json: boolean },
  signal: AbortSignal,
): Promise<ExitCode> {
  if (!existsSync(sandbox)) {
    terminal.err(
      'the sandbox comes with the source: clone the repository and run `npm ci && npm run demo`',
    )
    return exit.usage
  }
  const child = spawn(
    process.execPath,
    [sandbox, ...(options.once ? ['--once'] : []), ...(options.json ? ['--json'] : [])],
    { stdio: 'inherit' },
  )
  // Ctrl-C reaches the child by itself; it cleans up, and we wait for that.
  const stop = () => void child.kill('SIGTERM')
  signal.addEventListener('abort', stop)
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve))
  signal.removeEventListener('abort', stop)
  return (
    [exit.ok, exit.failed, exit.differs, exit.notKnown].find((each) => each === code) ?? exit.failed
  )
}
