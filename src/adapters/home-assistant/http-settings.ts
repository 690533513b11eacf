import { z } from 'zod'

import { Problem } from '../../core/problem.ts'
import { CommandRefused, orNothing, type Session } from './session.ts'

// The http settings as they are from 2026.8: staged, tried at a restart, confirmed, or undone by Home Assistant itself.

export type HttpSettings = Readonly<Record<string, unknown>>

export type HttpState = {
  readonly stable: HttpSettings
  /** Staged and perhaps on trial; with an error it lies there and does nothing. */
  readonly pending: Pending | undefined
  readonly onTrial: boolean
  /** When a trial that nobody confirms ends. */
  readonly revertAt: Date | undefined
}

type Pending = {
  readonly settings: HttpSettings
  /** `not_promoted`, `apply_failed`. */
  readonly error: string | undefined
  /** In its own words. */
  readonly because: string | undefined
}

/** One slot of the store; keys we do not know are kept as they are. */
const slot = z.looseObject({
  server_port: z.number(),
  use_x_forwarded_for: z.boolean().nullish(),
  trusted_proxies: z.array(z.string()).nullish(),
  error: z.string().nullish(),
  error_message: z.string().nullish(),
})

const shown = z.object({
  stable: slot,
  pending: slot.nullable(),
  revert_at: z.string().nullable(),
  active_config_type: z.string(),
})

/** `undefined`: this Home Assistant is older than 2026.8 and has its settings in YAML. */
export async function readHttpState(open: Session): Promise<HttpState | undefined> {
  const read = await orNothing(open.command({ type: 'http/config' }, shown))
  return (
    read && {
      stable: settingsOf(read.stable),
      pending: read.pending === null ? undefined : pendingOf(read.pending),
      onTrial: read.active_config_type === 'pending',
      revertAt: read.revert_at === null ? undefined : new Date(read.revert_at),
    }
  )
}

const pendingOf = (given: z.output<typeof slot>): Pending => ({
  settings: settingsOf(given),
  error: given.error ?? undefined,
  because: given.error_message ?? undefined,
})

/** The settings as `configure` takes them: without what the store added, which it refuses. */
function settingsOf(given: z.output<typeof slot>): HttpSettings {
  const { created_at: _at, error: _error, error_message: _message, ...settings } = given
  return settings
}

/**
 * `restarts`: it restarts now, if its configuration is valid. `unchanged`: that is what it has, or has staged, already.
 * `busy`: it takes no change while it starts. `lost`: the connection broke off, so that nobody knows.
 */
export type Staged = 'restarts' | 'unchanged' | 'busy' | 'lost'

/** Stages settings, or takes back what is staged. Throws Problem `home-assistant/settings-refused`. */
export async function stage(open: Session, settings: HttpSettings | undefined): Promise<Staged> {
  try {
    const { restart } = await open.command(
      { type: 'http/config/configure', config: settings ?? null },
      z.object({ restart: z.boolean() }),
    )
    return restart ? 'restarts' : 'unchanged'
  } catch (error) {
    if (isLost(error)) return 'lost'
    if (!(error instanceof CommandRefused)) throw error
    if (error.reason === 'not_running') return 'busy'
    throw new Problem(
      'home-assistant/settings-refused',
      `Home Assistant does not take the new http settings: ${error.said}`,
      {
        hint: 'with `tls: home-assistant`, check that home_assistant.certificate_folder_inside is the folder as Home Assistant names it',
        cause: error,
      },
    )
  }
}

/** Confirms what is staged. `refused`: there is nothing to confirm any more. `lost`: nobody knows. */
export async function promote(open: Session): Promise<'done' | 'refused' | 'lost'> {
  try {
    await open.command({ type: 'http/config/promote' }, z.unknown())
    return 'done'
  } catch (error) {
    if (isLost(error)) return 'lost'
    if (error instanceof CommandRefused && error.reason === 'not_allowed') return 'refused'
    throw error
  }
}

const isLost = (error: unknown): boolean =>
  error instanceof Problem && error.code === 'home-assistant/not-reached'
