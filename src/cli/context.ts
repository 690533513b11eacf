import type { Home } from '../compose/home.ts'
import type { Environment } from '../config/environment.ts'
import type { Settings } from '../config/settings.ts'
import type { Paint } from './paint.ts'
import type { Terminal } from './terminal.ts'

/** What a command is given. Nothing in `cli` reads argv, the environment or signals by itself. */
export type Context = {
  readonly terminal: Terminal
  readonly paint: Paint
  readonly json: boolean
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
  readonly environment: Environment
  readonly now: () => Date
  /** Throws ConfigurationProblem. */
  readonly settings: () => Promise<Settings>
  /** The safeguards and checks, wired to the world of these settings; unattended, what disturbs waits for its window. */
  readonly home: (settings: Settings, unattended?: boolean) => Home
}

/** Exit codes (design, section 5). */
export const exit = {
  ok: 0,
  failed: 1,
  differs: 2,
  notKnown: 3,
  usage: 64,
  interrupted: 130,
} as const

export type ExitCode = (typeof exit)[keyof typeof exit]
