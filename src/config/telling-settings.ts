import type { Severity } from '../core/codes.ts'
import type { Duration } from '../core/duration.ts'
import type { Secret } from '../core/secret.ts'
import type { Server } from './settings.ts'

/** Who is told of what the keeper finds. */
export type TellingSettings = {
  /** The least severe finding that is told. */
  readonly from: Severity
  readonly homeAssistant: boolean
  readonly webhook: { readonly url: Secret; readonly secret: Secret | undefined } | undefined
  readonly ntfy:
    | { readonly url: string; readonly topic: Secret; readonly token: Secret | undefined }
    | undefined
  readonly email: EmailSettings | undefined
  readonly heartbeat:
    | { readonly url: Secret; readonly style: 'healthchecks' | 'plain'; readonly every: Duration }
    | undefined
  readonly mqtt: MqttSettings | undefined
}

export type EmailSettings = {
  readonly to: readonly string[]
  readonly from: string
  readonly server: Server
  readonly security: 'tls' | 'starttls' | 'none'
  readonly user: string | undefined
  readonly password: Secret | undefined
}

export type MqttSettings = {
  /** `mqtt://host:1883` or `mqtts://host:8883`, without a user. */
  readonly url: string
  readonly user: string | undefined
  readonly password: Secret | undefined
  /** Home Assistant's: `homeassistant`. */
  readonly discoveryPrefix: string
}
