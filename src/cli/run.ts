import { edgeRanges } from '../compose/ranges.ts'
import { newBoard } from '../keeper/board.ts'
import { keep } from '../keeper/keep.ts'
import { exit, type Context, type ExitCode } from './context.ts'
import { sayKept, sayRunStarts } from './say-run.ts'
import { serve } from './serve.ts'

/** `gatehouse run`: serves the home, looks again at every safeguard in its rhythm, until stopped. */
export async function runCommand(context: Context, random: () => number): Promise<ExitCode> {
  const { terminal, paint, signal, now } = context
  const settings = await context.settings()
  const home = context.home(settings, true)
  try {
    await edgeRanges(home.cloud, home.folder, settings.address.allow, signal)
    await using hosted = await serve(home, settings, context)
    terminal.err(sayRunStarts(settings, hosted.started, paint))
    const { gateway } = hosted
    const board = newBoard({
      safeguards: home.guards.map(({ name }) => name),
      now,
      gateway: gateway && (() => gateway.counters()),
    })
    await keep(
      { guards: home.guards, journal: home.journal, board, now, random },
      (kept) => {
        const line = sayKept(kept, now(), paint)
        if (line !== undefined) terminal.err(line)
      },
      signal,
    )
  } finally {
    home.close()
  }
  return exit.ok
}
