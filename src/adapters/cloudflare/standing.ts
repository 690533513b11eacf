import { z } from 'zod'

import type { CloudflareClient } from './client.ts'

/** `unknown`: neither verify endpoint would say; account tokens can only be asked for with their account. */
export type Standing = 'active' | 'ended' | 'unknown'

const verified = z.object({ status: z.string() })
const accounts = z.array(z.object({ id: z.string() }))
const zones = z.array(z.object({ account: z.object({ id: z.string() }) }))

type Probe = CloudflareClient['probe']

/**
 * Whether the token is one at all. The verify endpoint of the one kind refuses tokens of the other,
 * and the shape of a token says nothing.
 */
export async function standingOf(probe: Probe, signal: AbortSignal): Promise<Standing> {
  const asUser = await standingAt(probe, '/user/tokens/verify', signal)
  if (asUser !== 'unknown') return asUser
  const account = await accountOf(probe, signal)
  return account === undefined
    ? 'unknown'
    : standingAt(probe, `/accounts/${account}/tokens/verify`, signal)
}

async function standingAt(probe: Probe, path: string, signal: AbortSignal): Promise<Standing> {
  const { status, envelope } = await probe(path, signal)
  const said = verified.safeParse(envelope?.result)
  if (status !== 200 || !said.success) return 'unknown'
  return said.data.status === 'active' ? 'active' : 'ended'
}

/** Accounts could not always be listed with account tokens (code 1001, 2024); a zone names its own. */
async function accountOf(probe: Probe, signal: AbortSignal): Promise<string | undefined> {
  const listed = accounts.safeParse((await probe('/accounts', signal)).envelope?.result)
  if (listed.success && listed.data[0]) return listed.data[0].id
  const found = zones.safeParse((await probe('/zones', signal)).envelope?.result)
  return found.success ? found.data[0]?.account.id : undefined
}
