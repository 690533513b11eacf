import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'

import { routerKinds } from '../config/settings.ts'
import type { AppArguments } from './app.ts'
import { exit, type Context, type ExitCode } from './context.ts'
import type { InitOptions } from './init.ts'
import { paintOf } from './paint.ts'
import { terminalOf, type TerminalStreams } from './terminal.ts'
import { version } from './version.ts'

/** All that the process gives to the program; `main` is the only one who reads it. */
export type Surroundings = TerminalStreams & {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly now: () => Date
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
  /** `gatehouse run` looks at everything at once; nobody else listens. */
  readonly onNudge: (act: () => void) => Disposable
}

type Common = { readonly config: string; readonly data?: string; readonly json: boolean }

/**
 * Runs one command line and returns the exit code. Never throws.
 *
 * What a command needs is loaded with it: help and mistakes are told at once, also on a slow machine.
 */
export async function runProgram(
  argv: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const terminal = terminalOf(surroundings, surroundings.environment)
  let code: ExitCode = exit.ok

  /** Adds what every command takes, and turns what it throws into words and an exit code. */
  const command = (parent: Command, signature: string, summary: string) =>
    parent
      .command(signature)
      .summary(summary)
      .description(summary)
      .addOption(
        new Option('-c, --config <file>', 'the configuration')
          .default('gatehouse.yaml')
          .env('GATEHOUSE_CONFIG'),
      )
      .option('-d, --data <folder>', 'where keys, certificates and the journal are kept')
      .option('--json', 'print one JSON object', false)

  const perform = async (options: Common, act: (context: Context) => Promise<ExitCode>) => {
    const [{ composeHome }, { loadSettings }, { errorJson, sayError }] = await Promise.all([
      import('../compose/home.ts'),
      import('../config/load.ts'),
      import('./say.ts'),
    ])
    const context: Context = {
      terminal,
      paint: paintOf(terminal.colour),
      json: options.json,
      signal: surroundings.signal,
      environment: surroundings.environment,
      now: surroundings.now,
      settings: () =>
        loadSettings(options.config, surroundings.environment, { data: options.data }),
      home: (settings, unattended = false) =>
        composeHome(settings, {
          now: surroundings.now,
          random: surroundings.random,
          unattended,
        }),
    }
    try {
      code = await act(context)
    } catch (error) {
      terminal.progressEnds()
      code = codeOf(error, surroundings.signal)
      if (code === exit.interrupted)
        terminal.err(
          'interrupted; what was done is in the journal, and the next run goes on from here',
        )
      else terminal.err(sayError(error, paintOf(terminal.colour)))
      if (options.json) terminal.out(JSON.stringify(errorJson(error), null, 2))
    }
  }

  const program = new Command('gatehouse')
    .description(
      'Puts Home Assistant behind Cloudflare, keeps it there, and proves that the home is closed to everybody else.',
    )
    .version(version, '-V, --version')
    .showSuggestionAfterError()
    .showHelpAfterError('(`gatehouse help` lists the commands)')
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
    })
    .exitOverride()

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
      perform(options, async (context) =>
        (await import('./run.ts')).runCommand(context, surroundings),
      ),
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
        (await import('./app.ts')).appCommand(context, options, surroundings),
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

  const notify = program
    .command('notify')
    .summary('who is told when something opens or is mended')
    .description('who is told when something opens or is mended')
  command(notify, 'test', 'send a test message on every way that is configured').action(
    (options: Common) =>
      perform(options, async (context) => (await import('./notify.ts')).notifyTestCommand(context)),
  )

  const certificate = program
    .command('certificate')
    .summary('the certificate, beside what `apply` and `run` do by themselves')
    .description('the certificate, beside what `apply` and `run` do by themselves')
  command(certificate, 'renew', 'get a new certificate with a new key now')
    .option('-y, --yes', 'do not ask', false)
    .action((options: Common & { yes: boolean }) =>
      perform(options, async (context) =>
        (await import('./certificate.ts')).renewCommand(context, options),
      ),
    )
  command(
    certificate,
    'revoke',
    'where somebody may have read the key: get a new certificate, and revoke the one in use',
  )
    .option('-y, --yes', 'do not ask', false)
    .action((options: Common & { yes: boolean }) =>
      perform(options, async (context) =>
        (await import('./certificate.ts')).revokeCommand(context, options),
      ),
    )

  const token = program
    .command('token')
    .summary('the API token for Cloudflare')
    .description('the API token for Cloudflare')
  command(token, 'url', 'print the page at Cloudflare that makes the token')
    .option('--setup', 'a token for one `apply`, which may change rules and settings', false)
    .action((options: Common & { setup: boolean }) =>
      perform(options, async (context) =>
        (await import('./token.ts')).tokenUrlCommand(context, options),
      ),
    )
  command(
    token,
    'check',
    'say what the token may do, what it lacks, and what it should not be able to do',
  ).action((options: Common) =>
    perform(options, async (context) => (await import('./token.ts')).tokenCheckCommand(context)),
  )

  const gateway = program
    .command('gateway')
    .summary('what the gateway of the running keeper sees')
    .description('what the gateway of the running keeper sees')
  command(gateway, 'show', 'what is open, how fast answers are, and who is refused').action(
    (options: Common) =>
      perform(options, async (context) => (await import('./gateway.ts')).gatewayCommand(context)),
  )
  command(
    gateway,
    'trace <address>',
    'follow the next connection of a visitor, step by step, until it is closed',
  ).action((address: string, options: Common) =>
    perform(options, async (context) =>
      (await import('./gateway.ts')).traceCommand(context, address),
    ),
  )

  const firewall = program
    .command('firewall')
    .summary('the rule for the router')
    .description('the rule for the router')
  command(firewall, 'show', 'print the exact rule to enter in the router')
    .addOption(
      new Option(
        '--for <kind>',
        'the kind of router, where the configuration does not say it',
      ).choices(routerKinds),
    )
    .action((options: Common & { for?: (typeof routerKinds)[number] }) =>
      perform(options, async (context) =>
        (await import('./firewall.ts')).firewallCommand(context, options.for),
      ),
    )

  program
    .command('demo')
    .summary('the whole thing in a sandbox on this machine')
    .description(
      'the whole thing in a sandbox on this machine: a simulated Cloudflare, certificate authority and Home Assistant',
    )
    .option('--once', 'stop when it is through, instead of waiting for a look around', false)
    .option('--json', 'print what `verify --json` prints', false)
    .action(async (options: { once: boolean; json: boolean }) => {
      const { demoCommand } = await import('./demo.ts')
      code = await demoCommand(terminal, options, surroundings.signal)
    })

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

  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Commander has already written the help or the complaint.
    return error.exitCode === 0 ? exit.ok : exit.usage
  }
  return code
}

function codeOf(error: unknown, signal: AbortSignal): ExitCode {
  if (signal.aborted) return exit.interrupted
  const usage =
    typeof error === 'object' && error !== null && 'usage' in error && error.usage === true
  return usage ? exit.usage : exit.failed
}

function daysOf(text: string): number {
  const days = Number(text)
  if (!Number.isInteger(days) || days < 1 || days > 36_500)
    throw new InvalidArgumentError('it is not a number of days, like 30')
  return days
}

function userOf(text: string): { uid: number; gid: number } {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(text) ?? []
  if (uid === undefined || gid === undefined) throw new InvalidArgumentError('it is not uid:gid')
  return { uid: Number(uid), gid: Number(gid) }
}

function listenOf(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || !(port <= 65535))
    throw new InvalidArgumentError('it is not address:port')
  return { host, port }
}
