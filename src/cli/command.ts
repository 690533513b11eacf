import { Option, type Command } from 'commander'

import type { Context, ExitCode } from './context.ts'

/** What every command takes. */
export type Common = { readonly config: string; readonly data?: string; readonly json: boolean }

/**
 * Does the work of a command with its context, and turns what it throws into words and an exit code. The work is loaded by
 * `act`: help and mistakes are told at once, also on a slow machine.
 */
export type Perform = (
  options: Common,
  act: (context: Context) => Promise<ExitCode>,
) => Promise<void>

/** A word under which commands stand. */
export const group = (parent: Command, signature: string, summary: string): Command =>
  parent.command(signature).summary(summary).description(summary)

/** A command with the options that every one has. */
export const command = (parent: Command, signature: string, summary: string): Command =>
  group(parent, signature, summary)
    .addOption(
      new Option('-c, --config <file>', 'the configuration')
        .default('gatehouse.yaml')
        .env('GATEHOUSE_CONFIG'),
    )
    .option('-d, --data <folder>', 'where keys, certificates and the journal are kept')
    .option('--json', 'print one JSON object', false)
