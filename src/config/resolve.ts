import { resolve as resolvePath } from 'node:path'

import { addressOf, rangeOf, type Address, type Range } from '../core/address.ts'
import { nameOf } from '../core/name.ts'
import { Secret } from '../core/secret.ts'
import type { Complaint } from './complaint.ts'
import { limitsOf } from './resolve-limits.ts'
import { resolveTelling } from './resolve-telling.ts'
import type { RawConfiguration } from './schema.ts'
import type { AddressSource, Server, Settings, VantageSettings } from './settings.ts'

/** Ports on which Cloudflare's proxy takes HTTPS (Cloudflare docs, "Network ports", November 2026). */
export const edgeHttpsPorts: readonly number[] = [443, 2053, 2083, 2087, 2096, 8443]

const directories: Readonly<Record<string, string>> = {
  letsencrypt: 'https://acme-v02.api.letsencrypt.org/directory',
  'letsencrypt-staging': 'https://acme-staging-v02.api.letsencrypt.org/directory',
}

/** Secrets that were read from files beforehand, by the path of their `…_file` key. */
export type SecretFiles = ReadonlyMap<string, string>

/**
 * Checks across fields and hands out the carriers. All complaints at once; with none, the settings.
 * Pure: secrets in files were read before.
 */
export function resolve(
  raw: RawConfiguration,
  folder: string,
  files: SecretFiles,
): { readonly settings?: Settings; readonly complaints: readonly Complaint[] } {
  const complaints: Complaint[] = []
  const complain = (path: string, says: string): undefined => {
    complaints.push({ path, says })
    return undefined
  }
  const each = <T>(
    path: string,
    items: readonly string[],
    read: (item: string, path: string) => T | undefined,
  ) => items.map((item, i) => read(item, `${path}[${i}]`)).filter((item) => item !== undefined)

  const range = (text: string, path: string): Range | undefined =>
    rangeOf(text) ??
    complain(path, `${quoted(text)} is not a range of addresses like 192.168.1.0/24`)
  const address = (text: string, path: string): Address | undefined =>
    addressOf(text) ?? complain(path, `${quoted(text)} is not an IP address`)
  const server = (defaultPort: number | undefined) => (text: string, path: string) =>
    serverOf(text, defaultPort) ??
    complain(
      path,
      `${quoted(text)} is not ${defaultPort === undefined ? 'address:port' : 'host or host:port'}`,
    )
  const url = (text: string, path: string): string => {
    const parsed = URL.canParse(text) ? new URL(text) : undefined
    if (!parsed || !/^https?:$/.test(parsed.protocol))
      complain(path, 'is not a http:// or https:// address')
    else if (parsed.username || parsed.password)
      complain(path, 'must not contain a user or a password')
    return text.replace(/\/+$/, '')
  }
  const secret = (
    label: string,
    path: string,
    inline: string | undefined,
    file: string | undefined,
  ) => {
    if (inline !== undefined && file !== undefined) {
      return complain(path, `give either ${path} or ${path}_file, not both`)
    }
    const value = inline ?? files.get(`${path}_file`)
    return value === undefined ? undefined : new Secret(label, value.trim())
  }
  const source = (text: string, family: 'ipv4' | 'ipv6'): AddressSource => {
    if (text === 'auto' || text === 'none') return { is: text }
    const found = addressOf(text)
    if (found?.family === family) return { is: 'fixed', address: found }
    complain(
      `address.${family}`,
      `${quoted(text)} is neither \`auto\`, \`none\` nor an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`,
    )
    return { is: 'none' }
  }
  const place = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : resolvePath(folder, text)
  const router = (text: string): Settings['router']['asked'] => {
    if (text === 'auto' || text === 'none') return { is: text }
    const found = addressOf(text)
    if (found?.family === 'ipv4') return { is: 'at', address: found }
    complain('router.address', `${quoted(text)} is neither \`auto\`, \`none\` nor an IPv4 address`)
    return { is: 'none' }
  }
  const directory = (text: string, path: string) => directories[text] ?? url(text, path)

  const names = each(
    'names',
    raw.names,
    (text, path) =>
      nameOf(text) ?? complain(path, `${quoted(text)} is not a host name like ha.example.com`),
  )
  const also = each('gateway.also', raw.gateway.also, (text, path) => {
    const [said = '', to = '', ...more] = text.trim().split(/\s+/)
    const name = nameOf(said)
    if (name === undefined || to === '' || more.length > 0)
      return complain(
        path,
        `${quoted(text)} is not a name and a URL like photos.example.com http://192.168.1.20:2283`,
      )
    return { name, url: url(to, path) }
  })
  const allNames = [...names, ...also.map(({ name }) => name)]
  if (new Set(allNames).size < allNames.length)
    complain(
      new Set(names).size < names.length ? 'names' : 'gateway.also',
      'a name stands there twice',
    )
  if (also.length > 0 && raw.tls === 'home-assistant')
    complain('gateway.also', 'needs `tls: gateway`: Home Assistant serves itself only')
  if (!edgeHttpsPorts.includes(raw.public_port)) {
    complain('public_port', `Cloudflare takes HTTPS on ${edgeHttpsPorts.join(', ')} only`)
  }
  if (raw.address.ipv4 === 'none' && raw.address.ipv6 === 'none') {
    complain('address', 'ipv4 and ipv6 are both `none`: nothing could be published')
  }
  if (raw.tls === 'home-assistant' && raw.home_assistant.certificate_folder === undefined) {
    complain('home_assistant.certificate_folder', 'is needed with `tls: home-assistant`')
  }
  for (const [i, country] of (raw.edge.countries ?? []).entries()) {
    if (!/^[A-Z]{2}$/.test(country))
      complain(`edge.countries[${i}]`, `${quoted(country)} is not a country code like PT`)
  }
  if (raw.cloudflare.zone_id !== undefined && !/^[0-9a-f]{32}$/.test(raw.cloudflare.zone_id)) {
    complain('cloudflare.zone_id', 'is not 32 hexadecimal digits')
  }
  const eabKey = secret(
    'EAB HMAC key',
    'certificate.eab_hmac',
    raw.certificate.eab_hmac,
    raw.certificate.eab_hmac_file,
  )
  const eabId = raw.certificate.eab_key_id
  if ((eabId === undefined) !== (eabKey === undefined)) {
    complain(
      'certificate.eab_key_id',
      'external account binding needs eab_key_id and eab_hmac together',
    )
  }
  const listen = each('gateway.listen', raw.gateway.listen, server(undefined))
  const vantage = raw.vantage && vantageOf(raw.vantage, url, secret)

  const settings: Settings = {
    names: allNames,
    publicPort: raw.public_port,
    cloudflare: {
      token: secret(
        'Cloudflare token',
        'cloudflare.token',
        raw.cloudflare.token,
        raw.cloudflare.token_file,
      ),
      setupToken: secret(
        'setup token',
        'cloudflare.setup_token',
        raw.cloudflare.setup_token,
        raw.cloudflare.setup_token_file,
      ),
      baseUrl: url(raw.cloudflare.base_url, 'cloudflare.base_url'),
      zoneId: raw.cloudflare.zone_id,
    },
    address: {
      ipv4: source(raw.address.ipv4, 'ipv4'),
      ipv6: source(raw.address.ipv6, 'ipv6'),
      allow: each('address.allow', raw.address.allow, range),
    },
    dns: {
      resolvers: each('dns.resolvers', raw.dns.resolvers, server(53)),
      nameservers: each('dns.nameservers', raw.dns.nameservers, server(53)),
    },
    certificate: {
      directory: directory(raw.certificate.directory, 'certificate.directory'),
      stagingDirectory:
        raw.certificate.staging_directory === 'none'
          ? undefined
          : directory(raw.certificate.staging_directory, 'certificate.staging_directory'),
      profile: raw.certificate.profile,
      eab: eabId !== undefined && eabKey ? { keyId: eabId, hmac: eabKey } : undefined,
      preferredChain: raw.certificate.preferred_chain,
      contact: raw.certificate.contact,
    },
    tls: raw.tls,
    gateway: {
      listen,
      local: each('gateway.local', raw.gateway.local, range),
      also,
      limits: limitsOf(raw.gateway.limits),
      accessLog:
        raw.gateway.access_log === undefined
          ? undefined
          : resolvePath(folder, raw.gateway.access_log),
    },
    homeAssistant: {
      url: url(raw.home_assistant.url, 'home_assistant.url'),
      apiUrl:
        raw.home_assistant.api_url === undefined
          ? raw.home_assistant.url.replace(/\/+$/, '')
          : url(raw.home_assistant.api_url, 'home_assistant.api_url'),
      token: secret(
        'Home Assistant token',
        'home_assistant.token',
        raw.home_assistant.token,
        raw.home_assistant.token_file,
      ),
      seesUsAs:
        raw.home_assistant.sees_gatehouse_as === undefined
          ? undefined
          : range(raw.home_assistant.sees_gatehouse_as, 'home_assistant.sees_gatehouse_as'),
      configurationFolder: place(raw.home_assistant.configuration_folder),
      certificateFolder: place(raw.home_assistant.certificate_folder),
      certificateFolderInside: raw.home_assistant.certificate_folder_inside,
      restartWindow: windowOf(raw.home_assistant.restart_window),
    },
    router: {
      asked: router(raw.router.address),
      kind: raw.router.kind,
      forwardTo:
        raw.router.forward_to === undefined
          ? undefined
          : address(raw.router.forward_to, 'router.forward_to'),
      forwardPort: raw.router.forward_port ?? defaultForwardPort(raw, listen),
    },
    edge: {
      countries: raw.edge.countries,
      assistants: raw.edge.assistants,
      webhooks: raw.edge.webhooks,
      loginLimit: raw.edge.login_limit,
      zoneSettings: raw.edge.zone_settings,
    },
    pulls: { mode: raw.origin_pulls },
    keep: {
      'home-assistant': raw.keep.home_assistant,
      certificate: raw.keep.certificate,
      'edge-rules': raw.keep.edge_rules,
      'port-forward': raw.keep.port_forward,
      'dns-record': raw.keep.dns_record,
      'origin-pulls': raw.keep.origin_pulls,
      'local-dns': raw.keep.local_dns,
    },
    vantage,
    metrics: raw.metrics && server(undefined)(raw.metrics.listen, 'metrics.listen'),
    telling: resolveTelling(raw, { complain, secret, url, server }),
    page: {
      listen:
        raw.page.listen === undefined
          ? undefined
          : server(undefined)(raw.page.listen, 'page.listen'),
      names: raw.page.names,
      ingressFrom:
        raw.page.ingress_from === undefined
          ? undefined
          : address(raw.page.ingress_from, 'page.ingress_from'),
    },
    data: resolvePath(folder, raw.data ?? 'gatehouse-data'),
  }
  return complaints.length > 0 ? { complaints } : { settings, complaints }
}

const quoted = (text: string): string => JSON.stringify(text)

function serverOf(text: string, defaultPort: number | undefined): Server | undefined {
  const match =
    /^(?:\[([^\]]+)\]|([^:[\]]+)|([0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*))(?::(\d{1,5}))?$/.exec(
      text,
    )
  const host = match?.[1] ?? match?.[2] ?? match?.[3]
  // A bare IPv6 address swallows what looks like a port: `2606:4700::1111` has none.
  const port = match?.[4] === undefined ? defaultPort : Number(match[4])
  if (host === undefined || port === undefined || port < 1 || port > 65535) return undefined
  return { host: addressOf(host)?.text ?? host, port }
}

function defaultForwardPort(raw: RawConfiguration, listen: readonly Server[]): number {
  if (raw.tls === 'gateway') return listen[0]?.port ?? 443
  const { url } = raw.home_assistant
  return URL.canParse(url) ? Number(new URL(url).port) || 8123 : 8123
}

function windowOf(text: string | undefined): Settings['homeAssistant']['restartWindow'] {
  const [from, to] = (text ?? '').split('-').map((time) => {
    const [hour, minute] = time.split(':')
    return Number(hour) * 60 + Number(minute)
  })
  return text === undefined || from === undefined || to === undefined ? undefined : { from, to }
}

function vantageOf(
  raw: NonNullable<RawConfiguration['vantage']>,
  url: (text: string, path: string) => string,
  secret: (label: string, path: string, inline?: string, file?: string) => Secret | undefined,
): VantageSettings {
  return {
    url: url(raw.url, 'vantage.url'),
    token: secret('vantage token', 'vantage.token', raw.token, raw.token_file),
  }
}
