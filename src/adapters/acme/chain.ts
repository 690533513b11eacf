import { X509Certificate } from 'node:crypto'

import { certificatesIn } from '../../core/certificate.ts'
import type { Answer } from './transport.ts'

/**
 * The chain that the CA sends, or the alternate one whose last certificate was issued by the preferred
 * name (RFC 8555 section 7.4.2). Intermediates change from one issuance to the next: what was sent is served.
 */
export async function downloadChain(
  url: string,
  preferred: string | undefined,
  fetchChain: (url: string) => Promise<Answer>,
): Promise<string> {
  const first = await fetchChain(url)
  if (preferred === undefined || leadsTo(first.text, preferred)) return first.text
  for (const alternate of alternatesIn(first.headers.get('link'))) {
    const other = await fetchChain(new URL(alternate, url).href)
    if (leadsTo(other.text, preferred)) return other.text
  }
  return first.text
}

/** More than a handful of alternates is not a CA. */
const alternatesIn = (link: string | undefined): string[] =>
  [...(link ?? '').matchAll(/<([^>]+)>\s*;\s*rel="?alternate"?/g)]
    .map(([, url]) => url ?? '')
    .slice(0, 8)

function leadsTo(chainPem: string, name: string): boolean {
  const last = certificatesIn(chainPem).at(-1)
  return last !== undefined && new X509Certificate(last).issuer.split('\n').includes(`CN=${name}`)
}
