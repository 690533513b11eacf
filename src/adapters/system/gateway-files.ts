import { X509Certificate } from 'node:crypto'
import { z } from 'zod'

import { certificatesIn } from '../../core/certificate.ts'
import type { DataFolder } from '../../core/data-folder.ts'
import { days, since } from '../../core/duration.ts'
import { absent, known, unknown, type Fact } from '../../core/fact.ts'
import { Problem } from '../../core/problem.ts'
import { jsonOf } from '../../core/json.ts'
import { readNowIfThere, writeAtomic } from './files.ts'

export type PullsMode = 'off' | 'optional' | 'required'

/** What the gateway serves with and demands, as the files in the data folder say it now. */
export type GatewayFiles = {
  readonly certificate: { readonly chainPem: string; readonly keyPem: string } | undefined
  readonly mode: PullsMode
  /** PEM, one certificate each. */
  readonly authorities: readonly string[]
  /** SHA-256 fingerprints of our client certificates before the one in use: whoever has such a key has no business here. */
  readonly revoked: readonly string[]
}

/** The edge has hundreds of places; one of them may present the old certificate for a while. */
const replacedFor = days(1)

const modeFile = z.object({ pulls: z.enum(['off', 'optional', 'required']) })
const seenFile = z.record(z.string(), z.iso.datetime())

/**
 * Missing files are normal before the first `apply`: no certificate, nothing demanded. A damaged mode
 * file is a Problem `gateway/state-damaged`: falling back to "off" would open what was closed.
 */
export function readGatewayFiles(folder: DataFolder, now: Date): GatewayFiles {
  const chainPem = readNowIfThere(folder.certificate.chain)
  const keyPem = readNowIfThere(folder.certificate.key)
  return {
    certificate: chainPem === undefined || keyPem === undefined ? undefined : { chainPem, keyPem },
    mode: readMode(folder) ?? 'off',
    authorities: certificatesIn(readNowIfThere(folder.pulls.authorities) ?? ''),
    revoked: replaced(folder, now),
  }
}

/** What arrived before the certificate in use did, once that has been arriving for long enough. */
function replaced(folder: DataFolder, now: Date): readonly string[] {
  const seen = readSeen(folder)
  const own = fingerprintOf(certificatesIn(readNowIfThere(folder.pulls.leaf) ?? '')[0])
  const arrived = own === undefined ? undefined : seen[own]
  if (arrived === undefined || since(new Date(arrived), now) < replacedFor) return []
  // By date: after an older folder was put back, the edge's certificate may be newer than ours, and comes rightly.
  return Object.entries(seen)
    .filter(([fingerprint, at]) => fingerprint !== own && new Date(at) < new Date(arrived))
    .map(([fingerprint]) => fingerprint)
}

/** A damaged file is replaced by `apply`; until then nobody is refused for it. */
function fingerprintOf(pem: string | undefined): string | undefined {
  try {
    return pem === undefined ? undefined : new X509Certificate(pem).fingerprint256
  } catch {
    return undefined
  }
}

function readMode(folder: DataFolder): PullsMode | undefined {
  const text = readNowIfThere(folder.gateway)
  if (text === undefined) return undefined
  const parsed = modeFile.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data.pulls
  throw new Problem('gateway/state-damaged', `${folder.gateway} is damaged`, {
    hint: `delete ${folder.gateway} and run \`gatehouse apply\`; until then nobody is let in`,
  })
}

/** The gateway's side of the origin-pulls safeguard: what is demanded, and which certificates arrived. */
export const originFiles = (folder: DataFolder) => ({
  async mode(): Promise<Fact<PullsMode>> {
    try {
      return known(readMode(folder) ?? 'off')
    } catch (error) {
      return unknown(error instanceof Error ? error.message : String(error))
    }
  },

  setMode: (mode: PullsMode): Promise<void> =>
    writeAtomic(folder.gateway, `${JSON.stringify({ pulls: mode })}\n`),

  /** When a client certificate with this SHA-256 fingerprint first arrived and was verified. */
  async seen(fingerprint: string): Promise<Fact<Date>> {
    const at = readSeen(folder)[fingerprint]
    return at === undefined ? absent : known(new Date(at))
  },

  /** Written once per certificate, so that nothing is written while nothing changes. */
  async recordSeen(fingerprint: string, at: Date): Promise<void> {
    const seen = readSeen(folder)
    if (seen[fingerprint] !== undefined) return
    await writeAtomic(
      folder.pulls.seen,
      `${JSON.stringify({ ...seen, [fingerprint]: at.toISOString() })}\n`,
    )
  },
})

/** A damaged file is as good as none: it only says what will be seen again. */
function readSeen(folder: DataFolder): Readonly<Record<string, string>> {
  const text = readNowIfThere(folder.pulls.seen)
  const parsed = seenFile.safeParse(text === undefined ? {} : jsonOf(text))
  return parsed.success ? parsed.data : {}
}
