/** A permission as the prefilled token page knows it (Cloudflare docs, "Create tokens via URL", 2026). */
export type TokenPermission = {
  readonly key: string
  readonly type: 'read' | 'edit'
  readonly why: string
}

/** For the token that stays on the machine. */
export const runPermissions: readonly TokenPermission[] = [
  { key: 'zone', type: 'read', why: 'find the zone' },
  { key: 'dns', type: 'edit', why: 'the record of the home, and the proof for the certificate' },
  { key: 'ssl_and_certificates', type: 'edit', why: 'renew the client certificate of the edge' },
]

/** In addition, for the token of one `apply`. */
export const setupPermissions: readonly TokenPermission[] = [
  { key: 'zone_settings', type: 'edit', why: 'settings of the zone' },
  { key: 'config_settings', type: 'edit', why: 'the configuration rule of the host' },
  { key: 'zone_waf', type: 'edit', why: 'country rule and login limit' },
  { key: 'cache_settings', type: 'edit', why: 'no caching for the host' },
  { key: 'dynamic_url_redirects', type: 'edit', why: 'from http to https' },
  { key: 'bot_management', type: 'edit', why: 'Bot Fight Mode' },
]

/**
 * The page at Cloudflare with the permissions filled in. It cannot narrow the zone: the owner has to
 * pick "Specific zone" there, and `gatehouse token check` looks whether that was done.
 */
export function tokenUrl(permissions: readonly TokenPermission[], name: string): string {
  const keys = JSON.stringify(permissions.map(({ key, type }) => ({ key, type })))
  const query = new URLSearchParams({
    permissionGroupKeys: keys,
    accountId: '*',
    zoneId: 'all',
    name,
  })
  return `https://dash.cloudflare.com/profile/api-tokens?${query.toString()}`
}
