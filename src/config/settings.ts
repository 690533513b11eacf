import type { Address, Range } from '../core/address.ts'
import type { SafeguardName } from '../core/safeguard.ts'
import type { Secret } from '../core/secret.ts'
import type { TellingSettings } from './telling-settings.ts'

/**
 * What the owner wishes, checked across fields. Made by `resolve`, handed out in small carriers: a
 * part of the program takes the one it needs, never the whole.
 */
export type Settings = {
  /**
   * Public host names of this home, punycode, at least one: Home Assistant's, and then those of `gateway.also`. The first is
   * the one in Home Assistant's external URL.
   */
  readonly names: readonly string[]
  /** The port visitors use; one of Cloudflare's HTTPS ports (docs: "Network ports"). Usually 443. */
  readonly publicPort: number
  readonly cloudflare: CloudflareSettings
  readonly address: AddressSettings
  readonly dns: DnsSettings
  readonly certificate: CertificateSettings
  readonly tls: 'gateway' | 'home-assistant'
  readonly gateway: GatewaySettings
  readonly homeAssistant: HomeAssistantSettings
  readonly router: RouterSettings
  readonly edge: EdgeSettings
  readonly pulls: PullsSettings
  readonly keep: KeepSettings
  readonly vantage: VantageSettings | undefined
  readonly telling: TellingSettings
  readonly page: PageSettings
  /** Where Prometheus reads. */
  readonly metrics: Server | undefined
  /** Absolute path of the folder for keys, certificates, journal and state (mode 0700). */
  readonly data: string
}

export type CloudflareSettings = {
  /** The token that stays on the machine. */
  readonly token: Secret | undefined
  /** A token for one `apply`: may change zone settings and rules; never stored. Falls back to `token`. */
  readonly setupToken: Secret | undefined
  /** Without a trailing slash. */
  readonly baseUrl: string
  /** Only needed where the token may not list zones. */
  readonly zoneId: string | undefined
}

export type AddressSettings = {
  readonly ipv4: AddressSource
  readonly ipv6: AddressSource
  /** Ranges that count as public although they are not (a lab network). */
  readonly allow: readonly Range[]
}

/** `auto`: find it; `none`: this home has none, publish nothing; or the owner says what it is. */
export type AddressSource =
  | { readonly is: 'auto' }
  | { readonly is: 'none' }
  | { readonly is: 'fixed'; readonly address: Address }

export type Server = { readonly host: string; readonly port: number }

export type DnsSettings = {
  /** Recursive resolvers to ask as a visitor would; several, of different operators. */
  readonly resolvers: readonly Server[]
  /** Ask these instead of the zone's own name servers (split DNS, an intercepted port 53). Empty: the zone's own. */
  readonly nameservers: readonly Server[]
}

export type CertificateSettings = {
  readonly directory: string
  /** Where the first order is rehearsed; `undefined`: no rehearsal. */
  readonly stagingDirectory: string | undefined
  /** `undefined`: the best that the directory offers (`tlsserver` where there is one). */
  readonly profile: string | undefined
  readonly eab: { readonly keyId: string; readonly hmac: Secret } | undefined
  /** Common name of the issuer that the chain should lead to. */
  readonly preferredChain: string | undefined
  readonly contact: string | undefined
}

export type GatewaySettings = {
  readonly listen: readonly Server[]
  /** Clients from here are served without a client certificate. */
  readonly local: readonly Range[]
  /** Other services and the names they have, which are among `names`. The URL as this machine reaches it. */
  readonly also: readonly { readonly name: string; readonly url: string }[]
  readonly limits: LimitSettings
  /** Absolute path of the access log; `undefined`: none is kept. */
  readonly accessLog: string | undefined
}

/** Of `gateway.limits`. Times in milliseconds. */
export type LimitSettings = {
  readonly connections: number
  readonly connectionsPerEdgeAddress: number
  readonly connectionsPerLocalAddress: number
  readonly handshakes: number
  readonly handshakesPerAddress: number
  readonly headMs: number
  readonly idleMs: number
  readonly bodyBytesPerSecond: number
  readonly answerMs: number
  readonly webSocketIdleMs: number
}

export type HomeAssistantSettings = {
  /** As Gatehouse reaches it: `http://homeassistant.local:8123`. Without a trailing slash. */
  readonly url: string
  /** Where an administrator asks it; the same as `url` but inside an app. Without a trailing slash. */
  readonly apiUrl: string
  /** A long-lived access token of an administrator. */
  readonly token: Secret | undefined
  /** The address from which Home Assistant sees Gatehouse; found when it is not said. */
  readonly seesUsAs: Range | undefined
  /** With `tls: home-assistant`: the folder where the certificate goes, and as Home Assistant names it. */
  /** Where configuration.yaml is, as this machine sees it. */
  readonly configurationFolder: string | undefined
  readonly certificateFolder: string | undefined
  readonly certificateFolderInside: string
  /** When the keeper may restart it: minutes after midnight, local time; `undefined`: at once. */
  readonly restartWindow: { readonly from: number; readonly to: number } | undefined
}

export const routerKinds = [
  'opnsense',
  'pfsense',
  'openwrt',
  'unifi',
  'mikrotik',
  'fritzbox',
  'asus',
  'nftables',
  'other',
] as const
export type RouterKind = (typeof routerKinds)[number]

export type RouterSettings = {
  /** Whom to ask for the public address: this machine's default gateway, nobody, or the router there. */
  readonly asked:
    | { readonly is: 'auto' | 'none' }
    | { readonly is: 'at'; readonly address: Address }
  readonly kind: RouterKind
  /** The machine the port is forwarded to, as the router names it; found when it is not said. */
  readonly forwardTo: Address | undefined
  /** The port there: the gateway's, or Home Assistant's own. */
  readonly forwardPort: number
}

export type EdgeSettings = {
  /** ISO 3166-1 alpha-2, upper case; `undefined`: no country rule. */
  readonly countries: readonly string[] | undefined
  /** Let Google Assistant and Alexa through whatever their country. */
  readonly assistants: boolean
  /** Let `/api/webhook/` through whatever the country. */
  readonly webhooks: boolean
  readonly loginLimit: boolean
  /** `propose`: zone-wide settings are only proposed. `change`: the owner agreed that they are changed. */
  readonly zoneSettings: 'propose' | 'change'
}

export type PullsSettings = {
  /** `off`: do not set up Authenticated Origin Pulls (not advised). */
  readonly mode: 'required' | 'off'
}

/** What the keeper does about what differs: it puts it back, or only reports it. */
export type KeepSettings = Readonly<Record<SafeguardName, 'put-back' | 'report'>>

export type VantageSettings = {
  readonly url: string
  readonly token: Secret | undefined
}

export type PageSettings = {
  /** `undefined`: there is no page. */
  readonly listen: Server | undefined
  readonly names: readonly string[]
  /** The Supervisor, where the page is shown inside Home Assistant. */
  readonly ingressFrom: Address | undefined
}
