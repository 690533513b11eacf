import { askKeeper } from '../adapters/keeper/ask.ts'
import { dataFolder } from '../core/data-folder.ts'
import { readStatus } from '../keeper/read-status.ts'
import { exit, type Context, type ExitCode } from './context.ts'
import { sayNoKeeper, sayStatus } from './say-status.ts'

/** `gatehouse status`: what the running keeper knows, at a glance. Asks nobody outside, and writes nothing. */
export async function statusCommand(context: Context): Promise<ExitCode> {
  const { terminal, paint, json, signal, now } = context
  const settings = await context.settings()
  const text = await askKeeper(dataFolder(settings.data).control, '/status', signal)
  const name = settings.names[0] ?? ''
  if (text === undefined) {
    const home = context.home(settings)
    try {
      const open = home.history.current().filter(({ mended }) => mended === null)
      terminal.out(
        json
          ? JSON.stringify({ running: false, lastOpen: open }, null, 2)
          : sayNoKeeper(name, open, paint),
      )
    } finally {
      home.close()
    }
    return exit.notKnown
  }
  const status = readStatus(text)
  terminal.out(
    json
      ? JSON.stringify({ running: true, ...status }, null, 2)
      : sayStatus(name, status, now(), paint),
  )
  if (status.findings.some(({ severity }) => severity === 'broken')) return exit.differs
  return status.verdict?.verdict === 'held' ? exit.ok : exit.notKnown
}
