import { askKeeper } from '../adapters/keeper/ask.ts'
import { followKeeper } from '../adapters/keeper/follow.ts'
import { addressOf } from '../core/address.ts'
import { dataFolder } from '../core/data-folder.ts'
import { Problem } from '../core/problem.ts'
import type { TraceEvent } from '../gateway/metrics/trace.ts'
import type { GatewaySnapshot } from '../gateway/snapshot.ts'
import { exit, type Context, type ExitCode } from './context.ts'
import { sayGateway, sayTraced } from './say-gateway.ts'

const nobody = 'no keeper runs here with a gateway; `gatehouse run` starts one'

/** `gatehouse gateway show`: what is open, how fast answers are, who is refused. Asks the running keeper, nobody outside. */
export async function gatewayCommand(context: Context): Promise<ExitCode> {
  const { terminal, paint, json, signal } = context
  const settings = await context.settings()
  const text = await askKeeper(dataFolder(settings.data).control, '/gateway', signal)
  const snapshot = text === undefined ? null : readSnapshot(text)
  if (json) terminal.out(JSON.stringify(snapshot, null, 2))
  else if (snapshot) terminal.out(sayGateway(snapshot, paint))
  if (snapshot) return exit.ok
  terminal.err(nobody)
  return exit.notKnown
}

/** `gatehouse gateway trace ADDRESS`: follows the next connection of a visitor, or of a peer, until it is closed. */
export async function traceCommand(context: Context, text: string): Promise<ExitCode> {
  const { terminal, paint, json, signal } = context
  const address = addressOf(text)?.text
  if (address === undefined)
    throw new Problem('usage/address', `"${text}" is not an address`, {
      hint: 'the address of a visitor, as `gatehouse gateway show` or the access log has it',
      usage: true,
    })
  const settings = await context.settings()
  terminal.err(paint.dim(`waits for the next connection of ${address}; Ctrl-C ends it`))
  const events: TraceEvent[] = []
  const found = await followKeeper(
    dataFolder(settings.data).control,
    `/trace?address=${encodeURIComponent(address)}`,
    (line) => {
      const event = readTraced(line)
      if (json) events.push(event)
      else terminal.out(sayTraced(event, paint))
    },
    signal,
  )
  if (json) terminal.out(JSON.stringify({ address, events }, null, 2))
  if (found) return exit.ok
  terminal.err(nobody)
  return exit.notKnown
}

// Both sides are this program: JSON, and nothing in it is foreign.
const readSnapshot = (text: string): GatewaySnapshot | null =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  JSON.parse(text) as GatewaySnapshot | null
const readTraced = (line: string): TraceEvent =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  JSON.parse(line) as TraceEvent
