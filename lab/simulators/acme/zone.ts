import { seconds } from '../../../src/core/duration.ts'
import type { Challenges } from '../../../src/adapters/acme/client.ts'
import type { DnsServer } from '../../../src/adapters/dns/query.ts'
import { waitUntilServed } from '../../../src/adapters/dns/propagation.ts'
import { startNameServer } from '../cloudflare/dns/server.ts'

export type ProofZone = {
  readonly server: DnsServer
  /** By name. What is left in it after an issuance was forgotten there. */
  readonly texts: ReadonlyMap<string, ReadonlySet<string>>
  /** How often something was published. */
  readonly published: () => number
  readonly challenges: Challenges
  close(): Promise<void>
}

/** One authoritative server that knows nothing but the proofs of dns-01, for where no Cloudflare is needed. */
export async function startProofZone(): Promise<ProofZone> {
  const texts = new Map<string, Set<string>>()
  let published = 0
  const server = await startNameServer('127.0.0.1', 0, (name, type) => ({
    answers:
      type === 'TXT'
        ? [...(texts.get(name) ?? [])].map((text) => ({ type, name, ttl: 1, data: [text] }))
        : [],
    authoritative: true,
    code: texts.has(name) ? 'NOERROR' : 'NXDOMAIN',
  }))
  return {
    server,
    texts,
    published: () => published,
    challenges: {
      publish(name, value) {
        published++
        texts.set(name, (texts.get(name) ?? new Set()).add(value))
        return Promise.resolve()
      },
      waitUntilServed: (name, value, signal) =>
        waitUntilServed(name, value, { servers: [server], margin: seconds(0) }, signal),
      withdraw(name, value) {
        texts.get(name)?.delete(value)
        if (texts.get(name)?.size === 0) texts.delete(name)
        return Promise.resolve()
      },
    },
    close: () => server.close(),
  }
}
