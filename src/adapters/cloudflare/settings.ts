import { z } from 'zod'

import type { CloudflareClient } from './client.ts'

const setting = z.object({ id: z.string(), value: z.unknown(), editable: z.boolean().catch(true) })

const botManagement = z.object({ fight_mode: z.boolean().optional() })

/** Settings that exist only for the whole zone, one at a time (the bulk endpoints ended 2026-09-15). */
export const zoneSettings = (client: CloudflareClient, zoneId: string) => ({
  async read(
    id: string,
    signal: AbortSignal,
  ): Promise<{ readonly value: unknown; readonly editable: boolean }> {
    const { value, editable } = await client.call(
      { method: 'GET', path: `/zones/${zoneId}/settings/${id}`, schema: setting },
      signal,
    )
    return { value, editable }
  },
  async write(id: string, value: unknown, signal: AbortSignal): Promise<void> {
    await client.call(
      {
        method: 'PATCH',
        path: `/zones/${zoneId}/settings/${id}`,
        body: { value },
        schema: z.unknown(),
      },
      signal,
    )
  },
  /** Bot Fight Mode: breaks the companion app, and no rule can make an exception on Free. */
  async botFight(signal: AbortSignal): Promise<boolean> {
    return (
      (
        await client.call(
          { method: 'GET', path: `/zones/${zoneId}/bot_management`, schema: botManagement },
          signal,
        )
      ).fight_mode ?? false
    )
  },
  async setBotFight(on: boolean, signal: AbortSignal): Promise<void> {
    await client.call(
      {
        method: 'PUT',
        path: `/zones/${zoneId}/bot_management`,
        body: { fight_mode: on },
        schema: z.unknown(),
      },
      signal,
    )
  },
})
