import type { Fault } from './fault.ts'

export const rulesUnreadable: Fault = {
  name: 'the token may no longer read the rules of the edge',
  plant({ cloudflare }) {
    const taken = cloudflare.state.tokens.map((token) => [token, token.scopes] as const)
    for (const [token, scopes] of taken)
      token.scopes = scopes.filter((scope) => !/^(config_settings|zone_settings)/.test(scope))
    return () => {
      for (const [token, scopes] of taken) token.scopes = scopes
    }
  },
  broken: ['token/missing-permission'],
  unknown: ['edge/ssl-mode', 'edge/websockets-off'],
  notBroken: ['edge/country-rule', 'token/refused', 'origin/not-reached'],
}
