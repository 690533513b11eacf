import { z } from 'zod'

import { limits } from './limits-schema.ts'
import { routerKinds } from './settings.ts'
import { heartbeatSchema, metricsSchema, mqttSchema, notifySchema } from './telling-schema.ts'

/**
 * The configuration file as the owner writes it. Descriptions end up in the JSON Schema (for
 * editors) and in `docs/reference.md`; both are generated, and a test holds them equal to this.
 *
 * Every key can also be set by the environment: `cloudflare.token_file` by
 * `GATEHOUSE_CLOUDFLARE_TOKEN_FILE`; lists are separated by commas there.
 */

const text = (means: string) => z.string().min(1, 'must not be empty').describe(means)
const list = (means: string) => z.array(z.string().min(1, 'must not be empty')).describe(means)
const port = (means: string) =>
  z
    .number()
    .int('must be a whole number')
    .min(1, 'must be 1 to 65535')
    .max(65535, 'must be 1 to 65535')
    .describe(means)

const cloudflare = z
  .strictObject({
    token: text('API token that stays on this machine (better: token_file)').optional(),
    token_file: text('file that holds the API token').optional(),
    setup_token: text(
      'API token for one `apply` that may change settings and rules; never stored',
    ).optional(),
    setup_token_file: text('file that holds the setup token').optional(),
    base_url: text('the API; only a test world has another').default(
      'https://api.cloudflare.com/client/v4',
    ),
    zone_id: text('only needed where the token may not look the zone up').optional(),
  })
  .describe('the account at Cloudflare')

const address = z
  .strictObject({
    ipv4: text(
      '`auto` finds the public IPv4 address, `none` publishes none, or the address itself',
    ).default('auto'),
    ipv6: text('the same for IPv6').default('auto'),
    allow: list('ranges that count as public although they are not: a lab network').default([]),
  })
  .describe('the public address of the home')

const dns = z
  .strictObject({
    resolvers: list('recursive resolvers that `verify` asks, as a visitor would').default([
      '1.1.1.1',
      '8.8.8.8',
      '9.9.9.9',
    ]),
    nameservers: list(
      "name servers to ask instead of the zone's own (split DNS, intercepted port 53)",
    ).default([]),
  })
  .describe('where names are looked up; `host` or `host:port` each')

const certificate = z
  .strictObject({
    directory: text('ACME directory: `letsencrypt`, `letsencrypt-staging` or a URL').default(
      'letsencrypt',
    ),
    staging_directory: text('where the first order is rehearsed: as above, or `none`').default(
      'letsencrypt-staging',
    ),
    profile: text('certificate profile; without it the best that the authority offers').optional(),
    eab_key_id: text('external account binding: key id').optional(),
    eab_hmac: text(
      'external account binding: HMAC key, base64url (better: eab_hmac_file)',
    ).optional(),
    eab_hmac_file: text('file that holds the HMAC key').optional(),
    preferred_chain: text('common name of the issuer that the chain should lead to').optional(),
    contact: text(
      "e-mail address given to the authority; Let's Encrypt does not use it",
    ).optional(),
  })
  .describe('the certificate of the origin')

const gateway = z
  .strictObject({
    listen: list('where the gateway listens, `address:port` each').default([
      '0.0.0.0:443',
      '[::]:443',
    ]),
    local: list(
      'ranges of the LAN whose clients are served without the client certificate',
    ).default([]),
    also: list(
      'other services to publish the same way, `name url` each: `photos.example.com http://192.168.1.20:2283`',
    ).default([]),
    limits: limits.prefault({}),
    access_log: text(
      'file for one line of JSON per request, without queries and tokens; without it no such log',
    ).optional(),
  })
  .describe("Gatehouse's own listener (with `tls: gateway`)")

const homeAssistant = z
  .strictObject({
    url: text('Home Assistant as this machine reaches it').default(
      'http://homeassistant.local:8123',
    ),
    token: text('long-lived access token of an administrator (better: token_file)').optional(),
    token_file: text('file that holds the access token').optional(),
    api_url: text(
      'where its API is, where that is elsewhere: inside Home Assistant, at the Supervisor',
    ).optional(),
    sees_gatehouse_as: text(
      'the address from which Home Assistant sees Gatehouse, where it cannot be found; or the network of which it has one',
    ).optional(),
    configuration_folder: text(
      'the folder of configuration.yaml as this machine sees it, where Home Assistant is older than 2026.8; without it the owner writes there',
    ).optional(),
    certificate_folder: text(
      'with `tls: home-assistant`: the folder for fullchain.pem and privkey.pem',
    ).optional(),
    certificate_folder_inside: text('the same folder as Home Assistant names it').default('/ssl'),
    restart_window: z
      .string()
      .regex(
        /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/,
        'must be two times of day like 03:00-05:00',
      )
      .describe('when `gatehouse run` may restart Home Assistant, local time; without it: at once')
      .optional(),
  })
  .describe('the Home Assistant behind it all')

const router = z
  .strictObject({
    address: text(
      'where it is asked for the public address and listened to: `auto` is the default gateway of this machine, `none` asks none; its address, for a container that sees another gateway',
    ).default('auto'),
    kind: z.enum(routerKinds).describe('what kind of router stands at the border').default('other'),
    forward_to: text(
      'the machine that the port is forwarded to, where it cannot be found',
    ).optional(),
    forward_port: port('the port there; without it the one the gateway listens on').optional(),
  })
  .describe('the router at the border of the home')

const edge = z
  .strictObject({
    countries: list('countries that may come in, ISO 3166-1 alpha-2; without it: all').optional(),
    assistants: z
      .boolean()
      .describe('let Google Assistant and Alexa through whatever their country')
      .default(true),
    webhooks: z.boolean().describe('let /api/webhook/ through whatever the country').default(true),
    login_limit: z.boolean().describe('limit attempts to sign in at the edge').default(true),
    zone_settings: z
      .enum(['propose', 'change'])
      .describe(
        'settings that exist only for the whole zone: only proposed, or changed with your consent',
      )
      .default('propose'),
  })
  .describe('rules at the edge')

const keepWay = (what: string) =>
  z
    .enum(['put-back', 'report'])
    .describe(`what \`gatehouse run\` does when ${what} differs from the wish`)
    .default('put-back')

const keep = z
  .strictObject({
    home_assistant: keepWay('the http settings of Home Assistant'),
    certificate: keepWay('the certificate (with `report` it is not renewed)'),
    edge_rules: keepWay('a rule or a setting at the edge'),
    port_forward: keepWay('the port-forward'),
    dns_record: keepWay('a record (with `report` an address that changes is not followed)'),
    origin_pulls: keepWay("the edge's client certificate (with `report` it is not renewed)"),
    local_dns: keepWay('the name at home'),
  })
  .describe(
    'what is put back by itself, and what is only reported; what is not ours is never changed',
  )

const vantage = z
  .strictObject({
    url: text('the service of `gatehouse vantage` on a machine outside the home'),
    token: text('its token (better: token_file)').optional(),
    token_file: text('file that holds its token').optional(),
  })
  .describe('a place outside the home from which proofs are made')

const page = z
  .strictObject({
    listen: text(
      'where `gatehouse run` shows its page and JSON API, `address:port`; without it nowhere. Beyond this machine, visitors sign in with Home Assistant',
    ).optional(),
    names: list(
      'names under which the page may be asked for, besides addresses and `localhost`',
    ).default([]),
    ingress_from: text(
      'the address of the Supervisor, which says who visits; no other is served. Set by the app',
    ).optional(),
  })
  .describe('the page of this home')

export const configurationSchema = z.strictObject({
  names: list('public host names of this home, the main one first').min(
    1,
    'at least one name is needed',
  ),
  public_port: port("the port visitors use, one of Cloudflare's HTTPS ports").default(443),
  tls: z
    .enum(['gateway', 'home-assistant'])
    .describe('where TLS ends: in Gatehouse, or in Home Assistant itself')
    .default('gateway'),
  origin_pulls: z
    .enum(['required', 'off'])
    .describe('demand our own client certificate from the edge')
    .default('required'),
  data: text(
    'folder for keys, certificates, journal and state; without it `gatehouse-data` beside this file',
  ).optional(),
  cloudflare: cloudflare.prefault({}),
  address: address.prefault({}),
  dns: dns.prefault({}),
  certificate: certificate.prefault({}),
  gateway: gateway.prefault({}),
  home_assistant: homeAssistant.prefault({}),
  router: router.prefault({}),
  edge: edge.prefault({}),
  keep: keep.prefault({}),
  vantage: vantage.optional(),
  notify: notifySchema.prefault({}),
  heartbeat: heartbeatSchema.optional(),
  mqtt: mqttSchema.optional(),
  page: page.prefault({}),
  metrics: metricsSchema.optional(),
})

export type RawConfiguration = z.output<typeof configurationSchema>

/** The JSON Schema that editors complete and check the file with. */
export const jsonSchema = (): unknown => ({
  ...z.toJSONSchema(configurationSchema, { io: 'input', target: 'draft-7' }),
  title: 'gatehouse.yaml',
})
