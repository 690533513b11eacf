import { createHash, randomBytes } from 'node:crypto'

import type { DnsServer } from '../../../src/adapters/dns/query.ts'
import type { Issuer } from './issuer.ts'
import type { Meter } from './limits.ts'
import { Refusal } from './reply.ts'

export type Account = {
  readonly id: string
  jwk: Readonly<Record<string, string>>
  status: 'valid' | 'deactivated'
  contact: readonly string[]
}

export type Authorization = {
  readonly id: string
  readonly account: string
  /** Without the `*.` of a wildcard. */
  readonly name: string
  readonly wildcard: boolean
  readonly token: string
  status: 'pending' | 'valid' | 'invalid' | 'deactivated'
  error?: unknown
}

export type Order = {
  readonly id: string
  readonly account: string
  readonly names: readonly string[]
  readonly authorizations: readonly string[]
  readonly profile: string
  /** A renewal inside its window: no limit counts it. */
  readonly exempt: boolean
  status: 'pending' | 'ready' | 'processing' | 'valid' | 'invalid'
  certificate?: string
  error?: unknown
}

export type Issued = {
  readonly id: string
  readonly account: string
  readonly leafPem: string
  /** Sorted, joined with commas. */
  readonly names: string
  /** When it was issued, ms since 1970. */
  readonly at: number
  readonly days: number
  readonly ariId: string | undefined
  replaced: boolean
  revoked: boolean
}

export type Profile = { readonly days: number; readonly commonName: boolean }

export type Counts = {
  requests: number
  badNonces: number
  validations: number
  failedValidations: number
  /** Requests that a limit refused; not those of a fault. */
  limited: number
}

/** One authority, for the files that are its parts. */
export type State = {
  readonly now: () => Date
  readonly url: (...parts: readonly string[]) => string
  readonly issuer: Issuer
  readonly profiles: Readonly<Record<string, Profile>>
  readonly nameServers: readonly DnsServer[]
  readonly validationMs: number
  readonly eabKeys: ReadonlyMap<string, string> | undefined
  readonly meter: Meter
  readonly accounts: Map<string, Account>
  readonly orders: Map<string, Order>
  readonly authorizations: Map<string, Authorization>
  readonly issued: Issued[]
  readonly counts: Counts
  /** Certificates issued until then are to be renewed now. */
  urgedUntil: number | undefined
}

export const newId = (): string => randomBytes(8).toString('hex')

export const idOfKey = (thumbprint: string): string =>
  createHash('sha256').update(thumbprint).digest('hex').slice(0, 16)

/** Another account's objects are not there at all. */
export function mine<T extends { readonly account: string }>(
  all: ReadonlyMap<string, T>,
  id: string | undefined,
  account: Account,
): T {
  const found = all.get(id ?? '')
  if (!found || found.account !== account.id)
    throw new Refusal(404, 'malformed', 'there is no such object')
  return found
}
