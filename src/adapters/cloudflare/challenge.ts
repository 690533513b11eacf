import { Problem } from '../../core/problem.ts'
import { CloudflareRefusal } from './refusal.ts'
import type { ZoneRecord, ZoneRecords } from './records.ts'

const comment = 'gatehouse: certificate challenge, may be deleted'

/** "already exists" and "an identical record already exists": what we want is there. */
const alreadyThere = new Set([81_057, 81_058])
/** A CNAME stands there. */
const cnameThere = new Set([81_053, 81_054])

/** TXT records for dns-01 in the zone. Publishing and withdrawing are idempotent. */
export const challengeRecords = (records: ZoneRecords) => ({
  /**
   * Throws Problem `dns/challenge-delegated` where the name is a CNAME to somewhere else: the record
   * would have to be published there, and the CA would not look here.
   */
  async publish(name: string, value: string, signal: AbortSignal): Promise<void> {
    try {
      await records.create(
        { type: 'TXT', name, content: `"${value}"`, ttl: 60, proxied: false, comment },
        signal,
      )
    } catch (error) {
      if (error instanceof CloudflareRefusal && error.codes.some((code) => alreadyThere.has(code)))
        return
      if (error instanceof CloudflareRefusal && error.codes.some((code) => cnameThere.has(code))) {
        throw delegated(name, await cnameTarget(records, name, signal), error)
      }
      const unconfirmed = error instanceof Problem && error.code === 'cloudflare/unconfirmed'
      if (unconfirmed && (await holding(records, name, value, signal)).length > 0) return
      throw error
    }
  },

  async withdraw(name: string, value: string, signal: AbortSignal): Promise<void> {
    for (const { id } of await holding(records, name, value, signal))
      await records.remove(id, signal)
  },

  /** Removes what an earlier run of ours left behind there. */
  async withdrawLeftovers(name: string, signal: AbortSignal): Promise<void> {
    const ours = (await records.named(name, 'TXT', signal)).filter(
      (record) => record.comment === comment,
    )
    for (const { id } of ours) await records.remove(id, signal)
  },

  /** Detected before an order is made: a failed authorization counts towards the CA's limits. */
  async refuseDelegation(name: string, signal: AbortSignal): Promise<void> {
    const target = await cnameTarget(records, name, signal)
    if (target !== undefined) throw delegated(name, target)
  },
})

/** The API takes and returns the text with or without quotes. */
const unquoted = (content: string): string => content.replace(/^"(.*)"$/, '$1')

async function holding(
  records: ZoneRecords,
  name: string,
  value: string,
  signal: AbortSignal,
): Promise<ZoneRecord[]> {
  return (await records.named(name, 'TXT', signal)).filter(
    ({ content }) => unquoted(content) === value,
  )
}

async function cnameTarget(
  records: ZoneRecords,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return (await records.named(name, 'CNAME', signal))[0]?.content
}

const delegated = (name: string, target: string | undefined, cause?: unknown) =>
  new Problem(
    'dns/challenge-delegated',
    `${name} is a CNAME to ${target ?? 'another name'}, so the certificate cannot be proven here`,
    {
      hint: `delete the CNAME ${name} at Cloudflare if nothing else needs it, and run \`gatehouse apply\` again`,
      cause,
    },
  )
