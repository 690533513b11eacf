import { confirm, isCancel } from '@clack/prompts'

import { Problem } from '../core/problem.ts'
import type { Context } from './context.ts'

/** Asks a person yes or no. Where nobody is there it refuses instead of hanging. Ctrl-C means no. */
export async function askConsent(context: Context, message: string): Promise<boolean> {
  if (!context.terminal.interactive || context.json) {
    throw new Problem('usage/needs-consent', 'there is nobody here to ask for consent', {
      hint: 'look at `gatehouse plan`, then run the command again with --yes',
      usage: true,
    })
  }
  const answer = await confirm({ message, initialValue: false, signal: context.signal })
  return !isCancel(answer) && answer
}
