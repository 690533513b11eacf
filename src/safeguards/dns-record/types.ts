import type { Address, Family } from '../../core/address.ts'
import type { Fact } from '../../core/fact.ts'
import type { Finding } from '../../core/finding.ts'
import type { ZoneState } from '../../core/zone.ts'

export type RecordType = 'A' | 'AAAA'

export const typeOf: Readonly<Record<Family, RecordType>> = { ipv4: 'A', ipv6: 'AAAA' }

export type Desired = {
  readonly names: readonly string[]
  /** `absent`: this home has none, our record of that family goes; `unknown`: it stays as it is. */
  readonly addresses: Readonly<Record<Family, Fact<Address>>>
  /** What stands in the way of the addresses, if anything. */
  readonly trouble?: readonly Finding[]
  /** Addresses that the home had before: what still names them tells where the home is to be sought. */
  readonly formerly?: readonly Address[]
}

/** A record of the zone, of any type and anybody's. */
export type Found = {
  readonly id: string
  readonly type: string
  readonly name: string
  readonly content: string
  readonly proxied: boolean
  readonly comment: string
}

export type Observed = { readonly zone: ZoneState; readonly records: readonly Found[] }

export type NewRecord = {
  readonly type: RecordType
  readonly name: string
  readonly content: string
  readonly proxied: true
  readonly ttl: 1
  readonly comment: string
}

type Changeable = { readonly content?: string; readonly proxied?: boolean }

export type Do =
  | { readonly verb: 'create'; readonly record: NewRecord }
  | {
      readonly verb: 'patch'
      readonly id: string
      readonly type: string
      readonly name: string
      readonly was: Changeable
      readonly now: Changeable
    }
  | { readonly verb: 'delete'; readonly id: string; readonly was: Found }

export type Port = {
  zone(signal: AbortSignal): Promise<ZoneState>
  all(signal: AbortSignal): Promise<readonly Found[]>
  named(name: string, type: string, signal: AbortSignal): Promise<readonly Found[]>
  create(record: NewRecord, signal: AbortSignal): Promise<unknown>
  patch(id: string, changes: Changeable, signal: AbortSignal): Promise<unknown>
  remove(id: string, signal: AbortSignal): Promise<void>
}

/** What Gatehouse writes into the comment of its records. Whoever writes it there hands a record over. */
export const comment = 'gatehouse: managed'

/** The types that decide where a name leads. */
export const isAddressType = (type: string): boolean => ['A', 'AAAA', 'CNAME'].includes(type)

export const isOurs = (record: Found): boolean => record.comment.startsWith('gatehouse:')
