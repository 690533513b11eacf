import { z } from 'zod'

import { addressOf, type Address } from '../../core/address.ts'
import { readHttpState, type HttpState } from './http-settings.ts'
import { orNothing, type Session } from './session.ts'

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
  const [config, http, asked, entries] = await Promise.all([
    open.command({ type: 'get_config' }, core),
    readHttpState(open),
    // In recovery mode it has neither.
    orNothing(open.command({ type: 'repairs/list_issues' }, repairs)),
    orNothing(open.command({ type: 'system_log/list' }, log)),
  ])
  return {
    version: config.version,
    running: config.state === undefined || config.state === 'RUNNING',
    externalUrl: config.external_url ?? undefined,
    recoveryMode: config.recovery_mode ?? false,
    http,
    repairs: (asked?.issues ?? [])
      .filter(({ domain }) => domain === 'http')
      .map(({ issue_id: id }) => id),
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
