import type { Link } from './chain.ts'

/**
 * `broken`: the promise does not hold. `weak`: it holds, but less well than it should.
 * `notice`: worth knowing.
 */
export type Severity = 'broken' | 'weak' | 'notice'

type Declared = {
  readonly link: Link
  readonly severity: Severity
  /** What it means, for `docs/reference.md`. */
  readonly means: string
  /** The codes that would explain this one: while one of them holds, this one is folded under it. */
  readonly because?: readonly string[]
}

const declare = (
  link: Link,
  severity: Severity,
  means: string,
  because: readonly string[] = [],
): Declared => ({ link, severity, means, because })

/** Every finding that Gatehouse can make. Codes are stable: add, never reword. */
export const codes = {
  'network/down': declare(
    'router',
    'broken',
    'nobody outside can be reached: the line is down, or the name resolution of this machine',
  ),
  'cloudflare/no-answer': declare(
    'cloudflare',
    'weak',
    "Cloudflare's API does not answer, so that drift is neither seen nor put back",
    ['network/down'],
  ),
  'zone/not-active': declare(
    'cloudflare',
    'broken',
    'the zone is not active at Cloudflare, so nothing in it is proxied',
  ),
  'zone/paused': declare(
    'cloudflare',
    'broken',
    'the zone is paused: Cloudflare answers with the home address',
  ),
  'zone/partial': declare(
    'cloudflare',
    'broken',
    'other name servers answer for the zone, so its records at Cloudflare lead nobody',
  ),

  'token/refused': declare('cloudflare', 'broken', 'Cloudflare refuses the token'),
  'token/missing-permission': declare(
    'cloudflare',
    'broken',
    'the token lacks a permission that the configuration needs',
  ),
  'token/too-broad': declare('cloudflare', 'weak', 'the token can do more than Gatehouse needs'),
  'token/global-key': declare(
    'cloudflare',
    'broken',
    'a Global API Key was given; it equals the password of the account',
  ),

  'address/unknown': declare('router', 'broken', 'the public address of the home is not known', [
    'network/down',
    'address/cgnat',
    'address/cloudflare-egress',
  ]),
  'address/cgnat': declare(
    'router',
    'broken',
    'the provider shares one IPv4 address among customers, so nothing can reach the home by IPv4',
  ),
  'address/double-nat': declare(
    'router',
    'weak',
    'the router has a private address on its outer side: another router is in front of it',
  ),
  'address/ipv6-only': declare(
    'router',
    'notice',
    'the provider shares the IPv4 address, so IPv6 alone is published; the edge serves all visitors over it',
  ),
  'address/not-the-routers': declare(
    'router',
    'weak',
    'the router says that it has no public address although the internet sees one: it may be shared (CGNAT), or another router may stand in front',
  ),
  'address/cloudflare-egress': declare(
    'router',
    'broken',
    'the address seen from outside belongs to Cloudflare (a VPN or WARP is on)',
  ),

  'dns/missing': declare('cloudflare', 'broken', 'the name has no record', ['zone/not-active']),
  'dns/not-proxied': declare(
    'cloudflare',
    'broken',
    'a record is not proxied, so it publishes the home address',
  ),
  'dns/wrong-address': declare(
    'cloudflare',
    'broken',
    'a record points to an address that is not the home',
    ['address/unknown'],
  ),
  'dns/duplicate': declare(
    'cloudflare',
    'broken',
    'a name has several records of one type; visitors are sent to either',
  ),
  'dns/foreign-record': declare(
    'cloudflare',
    'broken',
    'a record that Gatehouse did not make stands where its own should',
  ),
  'dns/leaks-address': declare(
    'cloudflare',
    'weak',
    'another record of the zone publishes the home address',
  ),
  'dns/answers-home-address': declare(
    'cloudflare',
    'broken',
    'a name server answers with the home address',
    ['zone/paused', 'dns/not-proxied'],
  ),
  'dns/no-answer': declare('cloudflare', 'weak', 'no name server answers', ['network/down']),
  'dns/no-edge-certificate': declare(
    'cloudflare',
    'broken',
    'Universal SSL does not cover a name this deep below the zone',
  ),

  'certificate/missing': declare('gatehouse', 'broken', 'there is no certificate for the name'),
  'certificate/expired': declare('gatehouse', 'broken', 'the certificate has ended', [
    'certificate/missing',
    'certificate/renewal-failing',
  ]),
  'certificate/expires-soon': declare(
    'gatehouse',
    'weak',
    'the certificate ends soon and was not renewed in time',
    ['certificate/missing', 'certificate/renewal-failing'],
  ),
  'certificate/wrong-name': declare(
    'gatehouse',
    'broken',
    'the certificate does not cover the name',
    ['certificate/missing'],
  ),
  'certificate/untrusted': declare(
    'gatehouse',
    'broken',
    'the certificate is not from an authority that the edge trusts',
  ),
  'certificate/served-differs': declare(
    'gatehouse',
    'broken',
    'the certificate that is served is not the one that is stored',
  ),
  'certificate/key-readable': declare(
    'gatehouse',
    'weak',
    'the private key can be read by other users of the machine',
  ),
  'certificate/renewal-failing': declare('gatehouse', 'weak', 'renewal was tried and failed', [
    'network/down',
    'clock/wrong',
    'disk/full',
    'disk/not-writable',
    'cloudflare/no-answer',
    'certificate/authority-unreachable',
  ]),
  'certificate/authority-unreachable': declare(
    'gatehouse',
    'weak',
    'the certificate authority cannot be reached',
    ['network/down'],
  ),

  'edge/unreachable': declare(
    'visitor',
    'broken',
    'the name cannot be reached through Cloudflare',
    [
      'network/down',
      'zone/not-active',
      'zone/paused',
      'dns/missing',
      'dns/not-proxied',
      'dns/answers-home-address',
    ],
  ),
  'edge/certificate': declare(
    'visitor',
    'broken',
    'the edge does not present a publicly valid certificate for the name',
    ['dns/no-edge-certificate', 'edge/unreachable'],
  ),
  'edge/ssl-mode': declare(
    'cloudflare',
    'broken',
    'the edge does not check the certificate of the origin (the mode is not Full (strict))',
  ),
  'edge/min-tls': declare('cloudflare', 'weak', 'the edge accepts TLS versions older than 1.2'),
  'edge/http-allowed': declare('cloudflare', 'weak', 'the edge serves the site in clear text'),
  'edge/websockets-off': declare(
    'cloudflare',
    'broken',
    'WebSockets are off at the edge; Home Assistant needs them',
  ),
  'edge/bot-fight': declare(
    'cloudflare',
    'weak',
    'Bot Fight Mode is on and blocks the companion app, Alexa and Google',
  ),
  'edge/rewrites-content': declare(
    'cloudflare',
    'weak',
    'the edge rewrites pages in a way that breaks Home Assistant',
  ),
  'edge/country-rule': declare(
    'cloudflare',
    'weak',
    'the country rule is missing or differs from the wish',
  ),
  'edge/login-limit': declare(
    'cloudflare',
    'weak',
    'attempts to sign in are not limited at the edge',
  ),

  'sign-in/refused': declare(
    'visitor',
    'notice',
    'somebody tried to sign in so often that the gateway refuses them for a while',
  ),

  'pulls/off': declare('cloudflare', 'broken', 'the edge does not present our client certificate'),
  'pulls/shared': declare(
    'cloudflare',
    'broken',
    'the edge presents the certificate that all Cloudflare customers share',
  ),
  'pulls/expires-soon': declare(
    'cloudflare',
    'weak',
    'our client certificate at the edge ends soon',
  ),
  'pulls/not-enforced': declare(
    'gatehouse',
    'broken',
    'connections without our client certificate are served',
    ['pulls/off'],
  ),
  'origin/other-tenant': declare(
    'gatehouse',
    'broken',
    'another Cloudflare customer can reach Home Assistant around the rules',
    ['pulls/not-enforced', 'pulls/off', 'pulls/shared'],
  ),

  'origin/open': declare(
    'router',
    'broken',
    'Home Assistant can be reached directly by IPv4 address',
  ),
  'origin/open-ipv6': declare(
    'router',
    'broken',
    'Home Assistant can be reached directly by IPv6 address',
  ),
  'origin/plain-http': declare(
    'router',
    'broken',
    'Home Assistant answers in clear text from outside',
  ),
  'origin/certificate-visible': declare(
    'router',
    'weak',
    'a stranger sees a certificate on the home address, and with it the name',
  ),
  'origin/not-reached': declare('router', 'broken', 'Cloudflare cannot reach the home', [
    'network/down',
    'forward/missing',
    'pulls/off',
    'certificate/missing',
    'dns/wrong-address',
    'address/cgnat',
    'address/double-nat',
    'address/not-the-routers',
    'dns/missing',
  ]),

  'forward/missing': declare('router', 'broken', 'the router does not forward the port'),
  'forward/any-source': declare(
    'router',
    'weak',
    'the router forwards the port from every address',
  ),
  'forward/stale-ranges': declare(
    'router',
    'weak',
    'the ranges in the router are not those of Cloudflare now',
  ),
  'forward/source-port': declare(
    'router',
    'broken',
    'the rule asks for a source port, which shuts Cloudflare out too',
  ),
  'forward/udp': declare('router', 'notice', 'the rule forwards UDP, which nothing needs'),
  'forward/shadowed': declare('router', 'broken', 'another rule for the same port wins over ours'),
  'forward/upnp-open': declare('router', 'broken', 'a UPnP mapping opens the port to everybody'),
  'forward/not-effective': declare(
    'router',
    'broken',
    'the rule looks right, but packets say otherwise',
  ),

  'home-assistant/not-reached': declare(
    'home-assistant',
    'broken',
    'Gatehouse cannot reach Home Assistant',
  ),
  'home-assistant/not-onboarded': declare(
    'home-assistant',
    'broken',
    'Home Assistant has no owner yet: the first visitor would become it',
  ),
  'home-assistant/recovery-mode': declare(
    'home-assistant',
    'broken',
    'Home Assistant is in recovery mode',
  ),
  'home-assistant/rejects-proxy': declare(
    'home-assistant',
    'broken',
    'Home Assistant answers 400 to what comes through the proxy',
  ),
  'home-assistant/trusts-too-much': declare(
    'home-assistant',
    'weak',
    'Home Assistant believes the forwarded address from more machines than it should',
  ),
  'home-assistant/wrong-client-address': declare(
    'home-assistant',
    'broken',
    'Home Assistant does not see the address of the visitor',
  ),
  'home-assistant/pending-change': declare(
    'home-assistant',
    'weak',
    'a change of the http settings waits and was not confirmed',
  ),
  'home-assistant/yaml-ignored': declare(
    'home-assistant',
    'notice',
    'configuration.yaml has an `http:` block that Home Assistant ignores',
  ),
  'home-assistant/repair': declare(
    'home-assistant',
    'notice',
    'Home Assistant asks for a repair of its http settings',
  ),
  'home-assistant/restart-due': declare(
    'home-assistant',
    'notice',
    'Home Assistant serves the certificate from before; it takes the new one with a restart',
  ),
  'home-assistant/bans-off': declare(
    'home-assistant',
    'weak',
    'Home Assistant does not ban addresses after failed sign-ins',
  ),
  'home-assistant/trusted-networks-outside': declare(
    'home-assistant',
    'broken',
    'sign-in without a password is offered to visitors from outside',
  ),
  'home-assistant/websocket': declare('home-assistant', 'broken', 'the WebSocket does not open', [
    'edge/websockets-off',
    'home-assistant/rejects-proxy',
    'origin/not-reached',
    'edge/unreachable',
  ]),
  'home-assistant/external-url': declare(
    'home-assistant',
    'notice',
    'the external URL in Home Assistant is not the public one',
  ),
  'home-assistant/second-factor': declare(
    'home-assistant',
    'weak',
    'a user who can sign in from outside is not known to have a second factor',
  ),

  'local/name': declare('visitor', 'notice', 'the name does not lead to the home from inside'),
  'ranges/stale': declare(
    'gatehouse',
    'weak',
    "Cloudflare's ranges could not be refreshed for a while",
    ['network/down', 'cloudflare/no-answer'],
  ),
  'ranges/implausible': declare(
    'gatehouse',
    'weak',
    "Cloudflare's published ranges look wrong and were not taken over",
  ),
  'ranges/changed': declare(
    'router',
    'notice',
    "Cloudflare's ranges changed lately: the rule in the router has to follow",
  ),

  'vantage/no-answer': declare(
    'visitor',
    'weak',
    'the place outside does not answer, so that nobody looks from there',
    ['network/down'],
  ),
  'disk/full': declare('gatehouse', 'broken', 'the disk is full, and nothing can be kept'),
  'disk/not-writable': declare('gatehouse', 'broken', 'the data folder cannot be written'),
  'clock/wrong': declare('gatehouse', 'broken', 'the clock of this machine is wrong'),
  'keeper/cannot-look': declare('gatehouse', 'weak', 'a safeguard cannot be looked at', [
    'network/down',
  ]),
  'keeper/cannot-mend': declare(
    'gatehouse',
    'weak',
    'something of ours differs from the wish and could not be put back',
    ['network/down', 'cloudflare/no-answer', 'disk/full', 'disk/not-writable'],
  ),
  'keeper/differs': declare(
    'gatehouse',
    'notice',
    'something of ours differs from the wish and is only reported, as the owner chose',
  ),
  'notify/failing': declare(
    'gatehouse',
    'weak',
    'somebody who should be told of something could not be told',
    ['network/down'],
  ),
  'history/not-kept': declare(
    'gatehouse',
    'weak',
    'what happens cannot be written down, so that it is told again after a restart',
  ),
} as const satisfies Record<`${string}/${string}`, Declared>

export type FindingCode = keyof typeof codes

export const isFindingCode = (text: string): text is FindingCode => Object.hasOwn(codes, text)

export const declared = (code: FindingCode): Declared => codes[code]
