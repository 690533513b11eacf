import { z } from 'zod'

import { Problem } from '../../core/problem.ts'
import type { CloudflareClient } from './client.ts'
import { CloudflareRefusal } from './refusal.ts'

const record = z.object({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  content: z.string().catch(''),
  proxied: z.boolean().catch(false),
  ttl: z.number().catch(1),
  comment: z.string().nullish(),
})

/** A DNS record as the API holds it. */
export type ZoneRecord = {
  readonly id: string
  readonly type: string
  readonly name: string
  readonly content: string
  readonly proxied: boolean
  readonly ttl: number
  readonly comment: string
}

export type NewRecord = Omit<ZoneRecord, 'id'>

const shaped = ({ comment, ...rest }: z.output<typeof record>): ZoneRecord => ({
  ...rest,
  comment: comment ?? '',
})

const removed = z.object({ id: z.string() }).nullish()

/** The records of one zone. Writes are PATCHes of what differs; never a PUT, which would drop `proxied`. */
export const zoneRecords = (client: CloudflareClient, zoneId: string) => {
  const path = `/zones/${zoneId}/dns_records`
  return {
    async all(signal: AbortSignal): Promise<ZoneRecord[]> {
      return (await client.list({ path, query: { per_page: '100' }, schema: record }, signal)).map(
        shaped,
      )
    },
    async named(name: string, type: string, signal: AbortSignal): Promise<ZoneRecord[]> {
      const query = { 'name.exact': name, type }
      return (await client.list({ path, query, schema: record }, signal)).map(shaped)
    },
    async create(wanted: NewRecord, signal: AbortSignal): Promise<ZoneRecord> {
      return shaped(
        await client.call({ method: 'POST', path, body: wanted, schema: record }, signal),
      )
    },
    /** Throws Problem `dns/record-gone` when somebody deleted it meanwhile. */
    async patch(id: string, changes: Partial<NewRecord>, signal: AbortSignal): Promise<ZoneRecord> {
      const call = {
        method: 'PATCH',
        path: `${path}/${id}`,
        body: changes,
        schema: record,
      } as const
      try {
        return shaped(await client.call(call, signal))
      } catch (error) {
        throw isGone(error) ? gone() : error
      }
    },
    /** A record that is gone already is removed, perhaps by the first of two tries. */
    async remove(id: string, signal: AbortSignal): Promise<void> {
      try {
        await client.call({ method: 'DELETE', path: `${path}/${id}`, schema: removed }, signal)
      } catch (error) {
        if (!isGone(error)) throw error
      }
    },
  }
}

/** "Record does not exist", which is not the 404 of a wrong zone. */
const isGone = (error: unknown): boolean =>
  error instanceof CloudflareRefusal && error.codes.includes(81_044)

const gone = () =>
  new Problem('dns/record-gone', 'the record was deleted meanwhile', {
    hint: 'run the command again: it looks afresh',
  })

export type ZoneRecords = ReturnType<typeof zoneRecords>
