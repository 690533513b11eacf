import { days as ofDays, since } from '../core/duration.ts'
import { exit, type Context, type ExitCode } from './context.ts'
import { sayHistory, type Past } from './say-history.ts'

/** More than is ever kept. */
const all = 1_000_000

/**
 * `gatehouse history`: what the keeper wrote down of the last days. Asks nobody and changes nothing; the keeper need not
 * run.
 */
export async function historyCommand(
  context: Context,
  { days }: { readonly days: number },
): Promise<ExitCode> {
  const { terminal, paint, json, now } = context
  const home = context.home(await context.settings())
  try {
    const isRecent = (at: Date): boolean => since(at, now()) <= ofDays(days)
    const past: Past = {
      // What is open, or was until lately, belongs to these days whenever it began.
      findings: home.history.findings(all).filter(({ mended }) => !mended || isRecent(mended)),
      proofs: home.history.proofs(all).filter(({ at }) => isRecent(at)),
    }
    terminal.out(
      json ? JSON.stringify({ days, ...past }, null, 2) : sayHistory(past, days, now(), paint),
    )
  } finally {
    home.close()
  }
  return exit.ok
}
