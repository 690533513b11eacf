import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'

import { becomeUser } from '../adapters/system/privileges.ts'
import { appFacts } from '../compose/app.ts'
import { settingsFrom } from '../config/load.ts'
import { layOver } from '../config/options.ts'
import type { Settings } from '../config/settings.ts'
import { Problem, reasonOf } from '../core/problem.ts'
import { Secret } from '../core/secret.ts'
import type { Context, ExitCode } from './context.ts'
import { runCommand, type RunOptions } from './run.ts'

export type AppArguments = {
  /** Where the Supervisor puts what the owner filled in. */
  readonly options: string
  /** Whom to become once the options are read. */
  readonly user?: { readonly uid: number; readonly gid: number }
}

/**
 * `gatehouse app`: `run`, inside Home Assistant. The options of the app are the configuration; what they leave out, the
 * Supervisor knows.
 */
export async function appCommand(
  context: Context,
  { options, user }: AppArguments,
  run: RunOptions,
): Promise<ExitCode> {
  const settings = await appSettings(context, options)
  // Where Home Assistant itself ends TLS, its folder for certificates is root's.
  if (user !== undefined && settings.tls === 'gateway') await becomeUser(user, settings.data)
  return runCommand({ ...context, settings: () => Promise.resolve(settings) }, run)
}

async function appSettings({ environment, signal }: Context, options: string): Promise<Settings> {
  const token = environment['SUPERVISOR_TOKEN']
  if (token === undefined || token === '')
    throw new Problem('supervisor/not-reached', 'there is no token of the Supervisor', {
      hint: 'this command is for the app inside Home Assistant; elsewhere it is `gatehouse run`',
      usage: true,
    })
  const facts = await appFacts(
    new Secret('token of the Supervisor', token),
    `${dirname(options)}/gatehouse`,
    signal,
  )
  return settingsFrom(
    {
      file: 'the options of the app',
      folder: dirname(options),
      value: layOver(facts, await read(options)),
      lineOf: () => undefined,
    },
    environment,
  )
}

async function read(options: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(options, 'utf8'))
  } catch (cause) {
    throw new Problem(
      'configuration/missing',
      `cannot read the options of the app (${reasonOf(cause)})`,
      {
        hint: 'save them once more in Home Assistant (Settings, Apps, Gatehouse, Configuration)',
        usage: true,
        cause,
      },
    )
  }
}
