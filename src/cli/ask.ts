import { confirm, isCancel, password, select, text } from '@clack/prompts'

import { Problem } from '../core/problem.ts'
import type { Context } from './context.ts'

/** A person is there to be asked. */
export const isThere = ({ terminal, json }: Context): boolean => terminal.interactive && !json

/** Asks a person yes or no. Where nobody is there it refuses instead of hanging. Ctrl-C means no. */
export async function askConsent(context: Context, message: string): Promise<boolean> {
  if (!isThere(context)) {
    throw new Problem('usage/needs-consent', 'there is nobody here to ask for consent', {
      hint: 'look at `gatehouse plan`, then run the command again with --yes',
      usage: true,
    })
  }
  const answer = await confirm({ message, initialValue: false, signal: context.signal })
  return !isCancel(answer) && answer
}

export type Question = {
  readonly message: string
  /** The flag that answers it, for those who cannot be asked. */
  readonly flag: string
  readonly initial?: string
  /** What is wrong with the answer; `undefined` when nothing is. */
  readonly check?: (answer: string) => string | undefined
}

/** Asks for a line. What was found is offered, so that Enter is enough. */
export async function askText(
  context: Context,
  { message, flag, initial, check }: Question,
): Promise<string> {
  if (!isThere(context)) return initial ?? missing([flag])
  return answered(
    await text({
      message,
      signal: context.signal,
      ...(initial === undefined ? {} : { initialValue: initial }),
      validate: (given) => check?.(given ?? ''),
    }),
  )
}

/** The same without showing what is typed. */
export async function askSecret(
  context: Context,
  { message, flag, check }: Question,
): Promise<string> {
  if (!isThere(context)) return missing([flag])
  return answered(
    await password({ message, signal: context.signal, validate: (given) => check?.(given ?? '') }),
  )
}

export async function askChoice<T extends string>(
  context: Context,
  { message, flag, initial }: Question & { readonly initial: T },
  choices: readonly { readonly value: T; readonly label: string }[],
): Promise<T> {
  if (!isThere(context)) return initial
  const options: { value: string; label: string }[] = [...choices]
  const answer = answered(
    await select({ message, signal: context.signal, initialValue: initial, options }),
  )
  return choices.find(({ value }) => value === answer)?.value ?? missing([flag])
}

const answered = (answer: string | symbol): string => {
  if (!isCancel(answer)) return String(answer)
  throw new Problem('usage/stopped', 'stopped; nothing was written', { usage: true })
}

export function missing(flags: readonly string[]): never {
  const are = flags.length === 1 ? 'is' : 'are'
  const says = `${flags.join(' and ')} ${are} needed where nobody can be asked`
  throw new Problem('usage/missing-answer', says, {
    hint: 'see `gatehouse init --help`',
    usage: true,
  })
}
