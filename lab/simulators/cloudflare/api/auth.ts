import type { State, Token, Zone } from '../state.ts'
import { refuse, type Reply } from './reply.ts'

/** Who calls, or why not: the matrix of errors differs by family of endpoints (observed in 2026). */
export function authenticate(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  path: string,
  state: State,
): Token | Reply {
  const accountFamily = path.startsWith('/accounts/')
  if (headers['x-auth-key'] !== undefined) {
    return refuse(403, { code: 9103, message: 'Unknown X-Auth-Key or X-Auth-Email' })
  }
  const header = headers['authorization']
  if (typeof header !== 'string') {
    return refuse(400, {
      code: 9106,
      message: 'Missing X-Auth-Key, X-Auth-Email or Authorization headers',
    })
  }
  const value = /^Bearer ([-a-zA-Z0-9._~+/]+=*)$/.exec(header)?.[1]
  if (value === undefined || value.length < 20) {
    return accountFamily
      ? refuse(400, { code: 9106, message: 'Authentication failed (status: 400)' })
      : refuse(400, {
          code: 6003,
          message: 'Invalid request headers',
          error_chain: [{ code: 6111, message: 'Invalid format for Authorization header' }],
        })
  }
  const token = state.tokens.find((each) => each.value === value)
  const verifying = path.endsWith('/tokens/verify')
  const usable = token !== undefined && (token.status === 'active' || verifying)
  if (usable) return token
  if (verifying) return refuse(401, { code: 1000, message: 'Invalid API Token' })
  return accountFamily
    ? refuse(401, { code: 10000, message: 'Authentication error' })
    : refuse(403, { code: 9109, message: 'Invalid access token' })
}

export function may(token: Token, group: string, verb: 'read' | 'edit', zone?: Zone): boolean {
  if (zone && token.zones !== 'all' && !token.zones.includes(zone.id)) return false
  if (zone && zone.account.id !== token.account.id) return false
  return token.scopes.some((scope) => scope === `${group}:edit` || scope === `${group}:${verb}`)
}

/** Since 2026-08-20 a 403 names the documentation of the endpoint. */
export const forbidden = (topic: string): Reply =>
  refuse(403, {
    code: 10000,
    message: 'Authentication error',
    documentation_url: `https://developers.cloudflare.com/api/resources/${topic}`,
  })
