import { minutes } from '../core/duration.ts'
import type { Secret } from '../core/secret.ts'
import type { Server } from './settings.ts'
import type { RawHeartbeat, RawMqtt, RawNotify } from './telling-schema.ts'
import type { TellingSettings } from './telling-settings.ts'

type Raw = {
  readonly notify: RawNotify
  readonly heartbeat?: RawHeartbeat | undefined
  readonly mqtt?: RawMqtt | undefined
}

/** How `resolve` reads the parts that are alike everywhere; each complains by itself. */
export type Readers = {
  readonly complain: (path: string, says: string) => undefined
  readonly secret: (
    label: string,
    path: string,
    inline: string | undefined,
    file: string | undefined,
  ) => Secret | undefined
  readonly url: (text: string, path: string) => string
  readonly server: (defaultPort: number) => (text: string, path: string) => Server | undefined
}

export function resolveTelling(raw: Raw, read: Readers): TellingSettings {
  return {
    from: raw.notify.from,
    homeAssistant: raw.notify.home_assistant,
    webhook: raw.notify.webhook && webhookOf(raw.notify.webhook, read),
    ntfy: raw.notify.ntfy && ntfyOf(raw.notify.ntfy, read),
    email: raw.notify.email && emailOf(raw.notify.email, read),
    heartbeat: raw.heartbeat && heartbeatOf(raw.heartbeat, read),
    mqtt: raw.mqtt && mqttOf(raw.mqtt, read),
  }
}

/** An address that is a secret is never quoted, however wrong it is. */
function secretUrl(
  label: string,
  path: string,
  raw: { readonly url?: string | undefined; readonly url_file?: string | undefined },
  { complain, secret }: Readers,
): Secret | undefined {
  const url = secret(label, path, raw.url, raw.url_file)
  if (!url) {
    if (raw.url === undefined && raw.url_file === undefined) complain(path, 'is missing')
    return undefined
  }
  const text = url.reveal()
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    return complain(path, 'is not a http:// or https:// address')
  return url
}

function webhookOf(
  raw: NonNullable<RawNotify['webhook']>,
  read: Readers,
): TellingSettings['webhook'] {
  const url = secretUrl('webhook address', 'notify.webhook.url', raw, read)
  const secret = read.secret('webhook secret', 'notify.webhook.secret', raw.secret, raw.secret_file)
  return url && { url, secret }
}

function ntfyOf(raw: NonNullable<RawNotify['ntfy']>, read: Readers): TellingSettings['ntfy'] {
  const topic = read.secret('ntfy topic', 'notify.ntfy.topic', raw.topic, raw.topic_file)
  if (!topic && raw.topic === undefined && raw.topic_file === undefined)
    read.complain('notify.ntfy.topic', 'is missing')
  if (topic && !/^[-_A-Za-z0-9]{1,64}$/.test(topic.reveal()))
    read.complain('notify.ntfy.topic', 'is not 1 to 64 letters, digits, - or _')
  const url = read.url(raw.url, 'notify.ntfy.url')
  const token = read.secret('ntfy token', 'notify.ntfy.token', raw.token, raw.token_file)
  return topic && { url, topic, token }
}

function emailOf(raw: NonNullable<RawNotify['email']>, read: Readers): TellingSettings['email'] {
  for (const [i, address] of raw.to.entries())
    if (!isMailbox(address)) read.complain(`notify.email.to[${i}]`, 'is not an e-mail address')
  if (!isMailbox(raw.from)) read.complain('notify.email.from', 'is not an e-mail address')
  const server = read.server(587)(raw.server, 'notify.email.server')
  const password = read.secret(
    'e-mail password',
    'notify.email.password',
    raw.password,
    raw.password_file,
  )
  if ((raw.user === undefined) !== (password === undefined))
    read.complain('notify.email.user', 'user and password belong together')
  const { to, from, security, user } = raw
  return server && { to, from, server, security, user, password }
}

/** `owner@example.com` or `Gatehouse <owner@example.com>`, without a line break that would start a header. */
const isMailbox = (text: string): boolean =>
  /^[^\s@<>]+@[^\s@<>]+$/.test(text) || /^[^<>\r\n]*<[^\s@<>]+@[^\s@<>]+>$/.test(text)

function heartbeatOf(raw: RawHeartbeat, read: Readers): TellingSettings['heartbeat'] {
  const url = secretUrl('heartbeat address', 'heartbeat.url', raw, read)
  return url && { url, style: raw.style, every: minutes(raw.every_minutes) }
}

function mqttOf(raw: RawMqtt, { complain, secret }: Readers): TellingSettings['mqtt'] {
  const url = URL.canParse(raw.url) ? new URL(raw.url) : undefined
  if (!url || !/^mqtts?:$/.test(url.protocol) || url.hostname === '')
    complain('mqtt.url', 'is not a mqtt:// or mqtts:// address')
  else if (url.username || url.password)
    complain('mqtt.url', 'must not contain a user or a password')
  if (!/^[^#+\s]+$/.test(raw.discovery_prefix)) complain('mqtt.discovery_prefix', 'is not a topic')
  return {
    url: raw.url,
    user: raw.user,
    password: secret('MQTT password', 'mqtt.password', raw.password, raw.password_file),
    discoveryPrefix: raw.discovery_prefix.replace(/\/+$/, ''),
  }
}
