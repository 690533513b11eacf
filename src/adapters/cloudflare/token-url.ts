/** A permission as the prefilled token page knows it (Cloudflare docs, "Create tokens via URL", 2026). */
export type TokenPermission = {
  readonly key: string
  readonly type: 'read' | 'edit'
  readonly why: string
}

/** What only `apply` changes, and `verify` has to see: the token that stays may look at it. */
const rules = [
  { key: 'zone_settings', why: 'settings of the zone' },
  { key: 'config_settings', why: 'the configuration rule of the host' },
  { key: 'zone_waf', why: 'country rule and login limit' },
  { key: 'cache_settings', why: 'no caching for the host' },
  { key: 'dynamic_url_redirects', why: 'from http to https' },
  { key: 'bot_management', why: 'Bot Fight Mode' },
] as const

const always: readonly TokenPermission[] = [
  { key: 'zone', type: 'read', why: 'find the zone' },
  { key: 'dns', type: 'edit', why: 'the record of the home, and the proof for the certificate' },
  { key: 'ssl_and_certificates', type: 'edit', why: 'renew the client certificate of the edge' },
]

/** For the token that stays on the machine. */
export const runPermissions: readonly TokenPermission[] = [
  ...always,
  ...rules.map((each) => ({ ...each, type: 'read' as const })),
]

/** For the token of one `apply`, which is deleted afterwards. */
export const setupPermissions: readonly TokenPermission[] = [
  ...always,
  ...rules.map((each) => ({ ...each, type: 'edit' as const })),
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
