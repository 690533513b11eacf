import { z } from 'zod'

// The part of the configuration that says who is told, and how.

const text = (means: string) => z.string().min(1, 'must not be empty').describe(means)

const webhook = z
  .strictObject({
    url: text(
      'where to; a secret, since whoever knows it can post there (better: url_file)',
    ).optional(),
    url_file: text('file that holds the address').optional(),
    secret: text('signs each message, in X-Gatehouse-Signature (better: secret_file)').optional(),
    secret_file: text('file that holds that secret').optional(),
  })
  .describe('posts JSON to an address')

const ntfy = z
  .strictObject({
    url: text('the server').default('https://ntfy.sh'),
    topic: text(
      'the topic; on ntfy.sh whoever knows it reads along (better: topic_file)',
    ).optional(),
    topic_file: text('file that holds the topic').optional(),
    token: text('access token, where the server wants one (better: token_file)').optional(),
    token_file: text('file that holds the token').optional(),
  })
  .describe('pushes to phones by ntfy')

const email = z
  .strictObject({
    to: z
      .array(z.string().min(1, 'must not be empty'))
      .min(1, 'at least one')
      .describe('recipients'),
    from: text('the sender, as the server allows it'),
    server: text('the mail server, `host:port`; port 587 if none is given'),
    security: z
      .enum(['tls', 'starttls', 'none'])
      .describe('`tls` (port 465), `starttls` (port 587), or `none` for a relay on this machine')
      .default('starttls'),
    user: text('user at the server').optional(),
    password: text('its password (better: password_file)').optional(),
    password_file: text('file that holds the password').optional(),
  })
  .describe('sends e-mail')

export const notifySchema = z
  .strictObject({
    from: z
      .enum(['broken', 'weak', 'notice'])
      .describe('the least severe finding that is told')
      .default('weak'),
    home_assistant: z
      .boolean()
      .describe('show notifications in Home Assistant (needs its token)')
      .default(true),
    webhook: webhook.optional(),
    ntfy: ntfy.optional(),
    email: email.optional(),
  })
  .describe('who is told when something opens or is mended')

export const heartbeatSchema = z
  .strictObject({
    url: text('the address; a secret (better: url_file)').optional(),
    url_file: text('file that holds the address').optional(),
    style: z
      .enum(['healthchecks', 'plain'])
      .describe(
        'append `/start` and `/fail` as healthchecks.io understands, or ask the address alone',
      )
      .default('healthchecks'),
    every_minutes: z
      .number()
      .int('must be a whole number')
      .min(1, 'must be 1 to 1440')
      .max(1440, 'must be 1 to 1440')
      .describe('minutes between two beats')
      .default(5),
  })
  .describe('tells a service outside that it runs; the service raises the alarm when it does not')

export const mqttSchema = z
  .strictObject({
    url: text('the broker: `mqtt://host:1883` or `mqtts://host:8883`'),
    user: text('user at the broker').optional(),
    password: text('its password (better: password_file)').optional(),
    password_file: text('file that holds the password').optional(),
    discovery_prefix: text('what Home Assistant listens to').default('homeassistant'),
  })
  .describe('shows Gatehouse as a device in Home Assistant, by MQTT discovery')

export const metricsSchema = z
  .strictObject({
    listen: text('where, `address:port`; whoever reaches it may read, so keep it inside'),
  })
  .describe('metrics for Prometheus, at `/metrics`')

export type RawNotify = z.output<typeof notifySchema>
export type RawHeartbeat = z.output<typeof heartbeatSchema>
export type RawMqtt = z.output<typeof mqttSchema>
