import { randomInt } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Load } from './generator.ts'
import { startUpstream, type Upstream } from './upstream.ts'
import { makeAuthority, type Pair } from '../simulators/pki.ts'

/** The gateway has one core for itself; what loads it and what it forwards to share the other. */
export const gatewayProcessor = 0
const loadProcessor = 1

/** Where gateways are loaded: the same name, certificates, ranges and upstream for each. */
export type Place = {
  readonly folder: string
  readonly name: string
  readonly host: string
  /** As many as Cloudflare publishes. */
  readonly ranges: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] }
  /** The certificate of the name, and the one that follows it. */
  readonly certificate: Pair
  readonly nextCertificate: Pair
  /** Whose client certificates are admitted; PEM, and the file with it. */
  readonly pulls: { readonly authorityPem: string; readonly authorityFile: string }
  readonly upstream: Upstream
  /** A folder for files of one contender. */
  room(contender: string): Promise<string>
  /** The load on that port: from inside the ranges and with our client certificate, unless told otherwise. */
  load(
    port: number,
    but?: 'from-outside' | 'without-certificate' | 'with-foreign-certificate',
  ): Load
  close(): Promise<void>
}

export async function makePlace(): Promise<Place> {
  const prefix = `127.${randomInt(10, 250)}.${randomInt(1, 250)}`
  const name = 'ha.example.com'
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-load-'))
  const file = async (label: string, content: string): Promise<string> => {
    const path = join(folder, label)
    await writeFile(path, content, { mode: 0o600 })
    return path
  }
  const [web, ours, foreign] = await Promise.all([
    makeAuthority('web'),
    makeAuthority('pulls of this home'),
    makeAuthority('pulls of all customers'),
  ])
  const leafOf = async (authority: typeof ours, label: string) => {
    const leaf = await authority.issue({ names: ['edge'], clientAuth: true })
    return {
      chain: await file(`${label}.pem`, leaf.certificatePem),
      key: await file(`${label}-key.pem`, leaf.keyPem),
    }
  }
  const leaf = await leafOf(ours, 'leaf')
  const foreignLeaf = await leafOf(foreign, 'foreign-leaf')
  const upstream = await startUpstream(`${prefix}.3`, 8123, loadProcessor)
  return {
    folder,
    name,
    host: `${prefix}.2`,
    ranges: {
      ipv4: Array.from({ length: 15 }, (_, i) => `${prefix}.${16 + i}/32`),
      ipv6: Array.from({ length: 7 }, (_, i) => `2001:db8:cf${i}::/48`),
    },
    certificate: await web.issue({ names: [name] }),
    nextCertificate: await web.issue({ names: [name] }),
    pulls: {
      authorityPem: ours.certificatePem,
      authorityFile: await file('pulls.pem', ours.certificatePem),
    },
    upstream,
    async room(contender) {
      const path = join(folder, contender)
      await mkdir(path, { recursive: true })
      return path
    },
    load: (port, but) => ({
      to: { host: `${prefix}.2`, port },
      // The last of the ranges, so that a list that is searched one by one is searched to its end.
      from: but === 'from-outside' ? `${prefix}.99` : `${prefix}.30`,
      name,
      processor: loadProcessor,
      ...(but === 'without-certificate'
        ? {}
        : { certificate: but === 'with-foreign-certificate' ? foreignLeaf : leaf }),
    }),
    async close() {
      await upstream.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
