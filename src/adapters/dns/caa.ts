import type { Answer } from 'dns-packet'

import { isWithin, suffixesOf } from '../../core/name.ts'
import { queryDns, type DnsServer } from './query.ts'

export type Caa = {
  /** Where the records stand that count for the name. */
  readonly at: string
  /** The authorities that may issue: `letsencrypt.org`. Empty: none may. */
  readonly issuers: readonly string[]
}

/**
 * Who may issue for the name by the CAA records that are really served (RFC 8659 section 3: the closest
 * set of the name or a parent counts). `undefined`: everybody may.
 *
 * What the API of a provider holds is not asked: Cloudflare serves a set of its own where Universal SSL is
 * on (CVE-2026-14440). Servers that say nothing are passed over.
 */
export async function servedCaa(
  name: string,
  zone: string,
  servers: readonly DnsServer[],
  signal: AbortSignal,
): Promise<Caa | undefined> {
  for (const at of suffixesOf(name).filter((each) => isWithin(each, zone))) {
    const tags = (await ask(at, servers, signal)).flatMap((answer) =>
      answer.type === 'CAA' ? [answer.data] : [],
    )
    if (tags.length === 0) continue
    const issue = tags.filter(({ tag }) => tag.toLowerCase() === 'issue')
    // A set without `issue` says nothing of who may (RFC 8659 section 4.2).
    if (issue.length === 0) return undefined
    const issuers = issue
      .map(({ value }) => (value.split(';')[0] ?? '').trim().toLowerCase())
      .filter((issuer) => issuer !== '')
    return { at, issuers }
  }
  return undefined
}

async function ask(
  name: string,
  servers: readonly DnsServer[],
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  for (const server of servers) {
    try {
      return (await queryDns(server, { name, type: 'CAA', recursive: false }, signal)).answers
    } catch {
      signal.throwIfAborted()
    }
  }
  return []
}
