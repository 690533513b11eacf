import { z } from 'zod'

import { addressOf, type Address } from '../../core/address.ts'
import { httpConfigAnswer, settingsOf } from './http-settings.ts'
import { CommandRefused, type Session } from './session.ts'

export type HttpSettings = Readonly<Record<string, unknown>>

export type HttpState = {
  readonly stable: HttpSettings
  /** Staged and perhaps on trial; with an error it lies there and does nothing. */
  readonly pending:
    | { readonly settings: HttpSettings; readonly error: string | undefined }
    | undefined
  readonly onTrial: boolean
  /** When a trial that nobody confirms ends. */
  readonly revertAt: Date | undefined
}

/** What an administrator sees. */
export type Inside = {
  readonly version: string
  /** It takes no change of the http settings before it runs. */
  readonly running: boolean
  readonly externalUrl: string | undefined
  readonly recoveryMode: boolean
  /** `undefined`: this Home Assistant is older than 2026.8 and has its http settings in YAML. */
  readonly http: HttpState | undefined
  /** The repairs that it asks for in its http settings. */
  readonly repairs: readonly string[]
  /** From where requests came that it answered 400 because of their forwarding headers, as its log has them. */
  readonly refusedPeers: readonly Address[]
}

const core = z.object({
  version: z.string(),
  state: z.string().optional(),
  external_url: z.string().nullish(),
  recovery_mode: z.boolean().nullish(),
})
const repairs = z.object({
  issues: z.array(z.object({ domain: z.string(), issue_id: z.string() })),
})
const log = z.array(z.object({ name: z.string(), message: z.array(z.string()) }))

/** Everything of interest in one session: four reads. */
export async function lookInside(open: Session): Promise<Inside> {
  const [config, http, { issues }, entries] = await Promise.all([
    open.command({ type: 'get_config' }, core),
    readHttpState(open),
    open.command({ type: 'repairs/list_issues' }, repairs),
    orNothing(open.command({ type: 'system_log/list' }, log)),
  ])
  return {
    version: config.version,
    running: config.state === undefined || config.state === 'RUNNING',
    externalUrl: config.external_url ?? undefined,
    recoveryMode: config.recovery_mode ?? false,
    http,
    repairs: issues.filter(({ domain }) => domain === 'http').map(({ issue_id: id }) => id),
    refusedPeers: (entries ?? [])
      .filter(({ name }) => name === 'homeassistant.components.http.forwarded')
      .flatMap(({ message }) => message)
      .map(peerIn)
      .filter((peer) => peer !== undefined),
  }
}

/** The wording of Home Assistant's http/forwarded.py, 2026.2 to 2026.11. */
function peerIn(message: string): Address | undefined {
  const found =
    /^A request from a reverse proxy was received from (\S+), but/.exec(message) ??
    /^Received X-Forwarded-For header from an untrusted proxy (\S+)$/.exec(message)
  return addressOf(found?.[1] ?? '')
}

export async function readHttpState(open: Session): Promise<HttpState | undefined> {
  const read = await orNothing(open.command({ type: 'http/config' }, httpConfigAnswer))
  return (
    read && {
      stable: settingsOf(read.stable),
      pending:
        read.pending === null
          ? undefined
          : { settings: settingsOf(read.pending), error: read.pending.error ?? undefined },
      onTrial: read.active_config_type === 'pending',
      revertAt: read.revert_at === null ? undefined : new Date(read.revert_at),
    }
  )
}

/** `undefined` where this Home Assistant does not know the command. */
async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof CommandRefused && error.reason === 'unknown_command') return undefined
    throw error
  }
}
