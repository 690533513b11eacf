import { checkToken, type TokenReport } from '../adapters/cloudflare/token-check.ts'
import { runPermissions } from '../adapters/cloudflare/token-url.ts'
import type { Settings } from '../config/settings.ts'
import { clientFor, type Cloud } from './cloud.ts'
import type { Effects } from './effects.ts'

/** What the token that stays on the machine may do; the setup token where there is no other. */
export async function reportToken(
  settings: Settings,
  cloud: Cloud,
  effects: Effects,
  signal: AbortSignal,
): Promise<TokenReport> {
  const { token } = settings.cloudflare
  const client = token === undefined ? cloud.client : clientFor(settings, token, effects)
  return checkToken(client, await cloud.zone(signal), runPermissions, signal)
}
