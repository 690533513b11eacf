import { z } from 'zod'

import type { Session } from './session.ts'

/** Calls one service (an action, as its pages say now) of Home Assistant. Throws Problem `home-assistant/…`. */
export const callService =
  (session: (signal: AbortSignal) => Promise<Session>) =>
  async (
    domain: string,
    service: string,
    data: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<void> => {
    await using open = await session(signal)
    await open.command({ type: 'call_service', domain, service, service_data: data }, z.unknown())
  }
