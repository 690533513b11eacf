import { z } from 'zod'

import type { CloudflareClient } from './client.ts'

const answer = z.object({
  ipv4_cidrs: z.array(z.string()),
  ipv6_cidrs: z.array(z.string()),
  etag: z.string().catch(''),
})

export type PublishedRanges = {
  readonly ipv4: readonly string[]
  readonly ipv6: readonly string[]
  readonly etag: string
}

/** The ranges of the edge as Cloudflare publishes them now; not judged yet (see core/ranges.ts). */
export async function publishedRanges(
  client: CloudflareClient,
  signal: AbortSignal,
): Promise<PublishedRanges> {
  const {
    ipv4_cidrs: ipv4,
    ipv6_cidrs: ipv6,
    etag,
  } = await client.call({ method: 'GET', path: '/ips', schema: answer }, signal)
  return { ipv4, ipv6, etag }
}
