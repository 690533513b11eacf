import { Command, CommanderError } from 'commander'

import type { Perform } from './command.ts'
import { addCommandGroups } from './command-groups.ts'
import { addCommands } from './commands.ts'
import { exit, type Context, type ExitCode } from './context.ts'
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

/** Runs one command line and returns the exit code. Never throws. */
export async function runProgram(
  argv: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const terminal = terminalOf(surroundings, surroundings.environment)
  let code: ExitCode = exit.ok

  const perform: Perform = async (options, act) => {
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

  addCommands(program, perform, surroundings)
  addCommandGroups(program, perform)
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
