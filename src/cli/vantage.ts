import { readFile } from 'node:fs/promises'

import { Problem } from '../core/problem.ts'
import { Secret } from '../core/secret.ts'
import { startVantage } from '../server/vantage.ts'
import { exit, type Context, type ExitCode } from './context.ts'

export type VantageArguments = {
  readonly listen: { readonly host: string; readonly port: number }
  readonly from?: string
  readonly tokenFile?: string
}

/** `gatehouse vantage`: runs on a machine outside; probes whoever asks, and nobody else. */
export async function vantageCommand(
  { terminal, signal, now }: Context,
  { listen, from, tokenFile }: VantageArguments,
): Promise<ExitCode> {
  const service = await startVantage({
    listen,
    from,
    token: tokenFile === undefined ? undefined : await tokenIn(tokenFile),
    now,
  })
  terminal.err(`a vantage for homes on ${service.url}; Ctrl-C stops it`)
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  await service.close()
  return exit.ok
}

async function tokenIn(file: string): Promise<Secret> {
  try {
    return new Secret('vantage token', (await readFile(file, 'utf8')).trim())
  } catch (cause) {
    throw new Problem('usage/unreadable', `cannot read the token file ${file}`, {
      hint: 'check the name and the mode of the file',
      usage: true,
      cause,
    })
  }
}
