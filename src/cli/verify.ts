import { exit, type Context, type ExitCode } from './context.ts'
import { sayVerdict } from './say-proofs.ts'

/** `gatehouse verify`: proves from outside what can be proven, with evidence. Changes nothing. */
export async function verifyCommand(context: Context): Promise<ExitCode> {
  const { terminal, paint, json, signal } = context
  const home = context.home(await context.settings())
  try {
    terminal.progress('looking …')
    const verdict = await home.verify(
      (name, left) => terminal.progress(`${name}; ${left} to go …`),
      signal,
    )
    terminal.progressEnds()
    terminal.out(json ? JSON.stringify(verdict, null, 2) : sayVerdict(verdict, paint))
    return { held: exit.ok, broken: exit.differs, unknown: exit.notKnown }[verdict.verdict]
  } finally {
    home.close()
  }
}
