import { exit, type Context, type ExitCode } from './context.ts'
import { sayKept, sayRunStarts } from './say-run.ts'

/** `gatehouse run`: serves the home, looks again at every safeguard in its rhythm, until stopped. */
export async function runCommand(context: Context): Promise<ExitCode> {
  const { terminal, paint, signal } = context
  const settings = await context.settings()
  const home = await context.home(settings)
  try {
    await using hosted = await home.host(signal)
    terminal.err(sayRunStarts(settings, hosted.started, paint))
    await home.keep((kept) => {
      const line = sayKept(kept, context.now(), paint)
      if (line !== undefined) terminal.err(line)
    }, signal)
  } finally {
    await home.close()
  }
  return exit.ok
}
