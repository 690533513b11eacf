import { routerRule } from '../compose/router-rule.ts'
import type { RouterKind } from '../config/settings.ts'
import { exit, type Context, type ExitCode } from './context.ts'

/** `gatehouse firewall show`: the exact rule to enter, and what is wrong with the common one. */
export async function firewallCommand(
  { terminal, paint, json, settings }: Context,
  kind: RouterKind | undefined,
): Promise<ExitCode> {
  const rule = await routerRule(await settings(), kind)
  if (json) terminal.out(JSON.stringify(rule, null, 2))
  else {
    terminal.out(
      [
        paint.strong(rule.title),
        ...rule.steps.map((step, i) => `  ${i + 1}. ${step}`),
        ...(rule.paste === undefined ? [] : ['', rule.paste]),
        '',
        ...rule.notes.map((note) => `  ${paint.warn('·')} ${note}`),
      ].join('\n'),
    )
  }
  return exit.ok
}
