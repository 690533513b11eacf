import { Option, type Command } from 'commander'

import { routerKinds } from '../config/settings.ts'
import type { AppArguments } from './app.ts'
import { daysOf, listenOf, userOf } from './arguments.ts'
import { command, type Common, type Perform } from './command.ts'
import type { InitOptions } from './init.ts'
import type { RunOptions } from './run.ts'

/** The commands that make, keep and prove a home. */
export function addCommands(program: Command, perform: Perform, running: RunOptions): void {
  command(program, 'init', 'ask a few questions and write gatehouse.yaml')
    .option('--name <host>', 'the public name of the house, like ha.example.com')
    .option('--token-file <file>', 'the file with the token for Cloudflare')
    .option('--home-assistant <url>', 'Home Assistant, as this machine reaches it')
    .option(
      '--home-assistant-token-file <file>',
      'the file with an access token of an administrator',
    )
    .addOption(new Option('--tls <where>', 'where TLS ends').choices(['gateway', 'home-assistant']))
    .option(
      '--certificate-folder <folder>',
      'with --tls home-assistant: where it reads certificates',
    )
    .addOption(new Option('--router <kind>', 'the kind of router').choices(routerKinds))
    .option('--countries <codes>', 'countries that may come in, like PT,ES')
    .option('--vantage <url>', 'a place outside from which proofs are made')
    .option('--public-port <port>', 'the port visitors use, where it is not 443')
    .option('--force', 'overwrite what is there', false)
    .action((options: Common & InitOptions) =>
      perform(options, async (context) =>
        (await import('./init.ts')).initCommand(context, options),
      ),
    )
  command(program, 'plan', 'show what would be changed, and change nothing').action(
    (options: Common) =>
      perform(options, async (context) => (await import('./plan.ts')).planCommand(context)),
  )
  command(program, 'apply', 'make the changes that `plan` shows')
    .option('-y, --yes', 'do not ask', false)
    .action((options: Common & { yes: boolean }) =>
      perform(options, async (context) =>
        (await import('./apply.ts')).applyCommand(context, options),
      ),
    )
  command(
    program,
    'verify',
    'prove from outside that the home is reachable through Cloudflare only',
  ).action((options: Common) =>
    perform(options, async (context) => (await import('./verify.ts')).verifyCommand(context)),
  )
  command(program, 'run', 'serve the home and keep everything as wished, until stopped').action(
    (options: Common) =>
      perform(options, async (context) => (await import('./run.ts')).runCommand(context, running)),
  )
  command(program, 'status', 'what the running keeper knows, at a glance').action(
    (options: Common) =>
      perform(options, async (context) => (await import('./status.ts')).statusCommand(context)),
  )
  command(program, 'history', 'what opened and was mended, and which proofs changed')
    .option('--days <number>', 'how far back', daysOf, 30)
    .action((options: Common & { days: number }) =>
      perform(options, async (context) =>
        (await import('./history.ts')).historyCommand(context, options),
      ),
    )
  command(program, 'app', 'what the app inside Home Assistant runs: `run`, with its options')
    .option('--options <file>', 'what the owner filled in', '/data/options.json')
    .option('--user <uid:gid>', 'whom to become once they are read', userOf)
    .action((options: Common & AppArguments) =>
      perform(options, async (context) =>
        (await import('./app.ts')).appCommand(context, options, running),
      ),
    )
  command(program, 'undo', 'put back what the last `apply` changed')
    .option('-y, --yes', 'do not ask', false)
    .option('--all', 'put back everything that Gatehouse ever changed', false)
    .action((options: Common & { yes: boolean; all: boolean }) =>
      perform(options, async (context) =>
        (await import('./undo.ts')).undoCommand(context, options),
      ),
    )

  command(program, 'vantage', 'serve as a place outside the home from which proofs are made')
    .requiredOption('--listen <address:port>', 'where to listen', listenOf)
    .option('--from <address>', 'the address that probes are made from')
    .option('--token-file <file>', 'only callers with this token are served')
    .action(
      (
        options: Common & {
          listen: { host: string; port: number }
          from?: string
          tokenFile?: string
        },
      ) =>
        perform(options, async (context) =>
          (await import('./vantage.ts')).vantageCommand(context, options),
        ),
    )
}
