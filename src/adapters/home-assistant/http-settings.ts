import { z } from 'zod'

/** One slot of the http store; keys we do not know are kept as they are. */
const slot = z.looseObject({
  server_port: z.number(),
  use_x_forwarded_for: z.boolean().nullish(),
  trusted_proxies: z.array(z.string()).nullish(),
  error: z.string().nullish(),
})

/** `http/config` (Home Assistant from 2026.8). */
export const httpConfigAnswer = z.object({
  stable: slot,
  pending: slot.nullable(),
  revert_at: z.string().nullable(),
  active_config_type: z.string(),
})

export const configureAnswer = z.object({ restart: z.boolean() })

/** The settings as `configure` takes them: without what the store added, which it refuses. */
export function settingsOf(given: z.output<typeof slot>): Record<string, unknown> {
  const { created_at: _at, error: _error, error_message: _message, ...settings } = given
  return settings
}
