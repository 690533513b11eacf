import { allOf, anyOf, isOneOf, not, startsWith } from './expression.ts'
import type { Desired, Phase, RuleBody } from './types.ts'

export type WantedRule = { readonly phase: Phase; readonly rule: RuleBody; readonly says: string }

const path = 'http.request.uri.path'

/** The rules that protect the names and touch no other host of the zone, but for the login limit. */
export function wantedRules(desired: Desired): readonly WantedRule[] {
  const host = isOneOf('http.host', desired.names)
  const list = desired.names.join(', ')
  return [
    {
      phase: 'http_config_settings',
      says: `Full (strict) to the origin of ${list}, and nothing that rewrites its pages`,
      rule: rule('config', 'strict TLS to the origin, no rewriting', host, 'set_config', {
        action_parameters: {
          ssl: 'strict',
          rocket_loader: false,
          email_obfuscation: false,
          // Browser Integrity Check refuses the companion apps and watches.
          bic: false,
          automatic_https_rewrites: true,
          opportunistic_encryption: true,
          disable_apps: true,
          disable_rum: true,
          disable_zaraz: true,
        },
      }),
    },
    {
      phase: 'http_request_cache_settings',
      says: `no caching for ${list} (stale pages after an update)`,
      rule: rule('cache', 'no caching', host, 'set_cache_settings', {
        action_parameters: { cache: false },
      }),
    },
    {
      phase: 'http_request_dynamic_redirect',
      says: `from http to https for ${list}`,
      rule: rule('https', 'from http to https', allOf(host, not('ssl')), 'redirect', {
        action_parameters: {
          from_value: {
            status_code: 301,
            preserve_query_string: true,
            target_url: {
              expression: `concat("https://", http.host, "${desired.publicPort === 443 ? '' : `:${desired.publicPort}`}", http.request.uri.path)`,
            },
          },
        },
      }),
    },
    ...(desired.countries === undefined ? [] : [countryRule(desired, desired.countries, host)]),
    ...(desired.loginLimit ? [loginLimit()] : []),
  ]
}

function rule(
  name: string,
  description: string,
  expression: string,
  action: string,
  more: Partial<RuleBody>,
): RuleBody {
  return {
    ref: `gatehouse_${name}`,
    description: `Gatehouse: ${description}`,
    expression,
    action,
    enabled: true,
    ...more,
  }
}

/** One rule of the five that Free has. Assistants speak from their own countries, never from the home's. */
function countryRule(
  { assistants, webhooks }: Desired,
  countries: readonly string[],
  host: string,
): WantedRule {
  const exceptions = [
    ...(assistants
      ? [
          // Google's servers ask from AS15169 (home-assistant/core, 2024); Alexa's by these paths.
          'ip.src.asnum eq 15169',
          isOneOf(path, ['/api/google_assistant', '/api/alexa/smart_home', '/auth/token']),
        ]
      : []),
    ...(webhooks ? [startsWith(path, '/api/webhook/')] : []),
  ]
  const expression = allOf(host, not(anyOf(isOneOf('ip.src.country', countries), ...exceptions)))
  const except = [
    ...(assistants ? ['Google Assistant and Alexa'] : []),
    ...(webhooks ? ['webhooks'] : []),
  ]
  return {
    phase: 'http_request_firewall_custom',
    says: `block visitors from outside ${countries.join(', ')}${except.length > 0 ? ` (but not ${except.join(' and ')})` : ''}`,
    rule: rule('country', 'only from home countries', expression, 'block', {}),
  }
}

/** On Free: one rule, by path only, so for the whole zone; ten seconds and ten seconds are all there is. */
const loginLimit = (): WantedRule => ({
  phase: 'http_ratelimit',
  says: 'at most 10 requests to the sign-in in 10 s from one address (Cloudflare Free can only do this for the whole zone)',
  rule: rule('login', 'limit sign-in attempts', startsWith(path, '/auth/login_flow'), 'block', {
    ratelimit: {
      characteristics: ['ip.src', 'cf.colo.id'],
      period: 10,
      requests_per_period: 10,
      mitigation_timeout: 10,
    },
  }),
})
