import { join } from 'node:path'

import type { Host } from './namespaces.ts'

export type Visit = {
  /** Whose name is asked for, in TLS and in HTTP. */
  readonly name: string
  /** Where the packets go. */
  readonly to: string
  readonly port?: number
  readonly path?: string
  readonly scheme?: 'https' | 'http'
  /** Roots that the visitor trusts, PEM; without them nothing is verified. */
  readonly roots?: string
  /** From where, if the host has several addresses. */
  readonly from?: string
  readonly fromPort?: number
  /** What the visitor presents as its client certificate, PEM. */
  readonly certificate?: { readonly certificatePem: string; readonly keyPem: string }
  /** Seconds without a sign that count as `ETIMEDOUT`; 2 if not said. */
  readonly patience?: number
}

/** What came back: an answer, or how it failed; and how many bytes were received in either case. */
export type Visited = {
  readonly status?: number
  readonly body?: string
  readonly error?: string
  readonly bytes: number
}

/** One request from that host, in a process of its own there. */
export async function visit(host: Host, what: Visit): Promise<Visited> {
  const { code, text } = await host.exec([
    process.execPath,
    join(import.meta.dirname, 'visitor.ts'),
    JSON.stringify(what),
  ])
  if (code !== 0) throw new Error(text)
  return JSON.parse(text) as Visited
}
