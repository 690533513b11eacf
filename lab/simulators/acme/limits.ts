import { Refusal } from './reply.ts'

/** How many in how many hours. */
export type Limit = { readonly count: number; readonly hours: number }

export type Limits = {
  readonly accountsPerAddress: Limit
  readonly ordersPerAccount: Limit
  readonly certificatesPerDomain: Limit
  readonly certificatesPerSetOfNames: Limit
  readonly failuresPerName: Limit
}

export type LimitName = keyof Limits

/** Let's Encrypt, rate limits, state of 2026-08-05. */
export const letsEncrypt: Limits = {
  accountsPerAddress: { count: 10, hours: 3 },
  ordersPerAccount: { count: 300, hours: 3 },
  certificatesPerDomain: { count: 50, hours: 7 * 24 },
  certificatesPerSetOfNames: { count: 5, hours: 7 * 24 },
  failuresPerName: { count: 5, hours: 1 },
}

const says: Readonly<Record<LimitName, string>> = {
  accountsPerAddress: 'too many registrations from this address',
  ordersPerAccount: 'too many new orders',
  certificatesPerDomain: 'too many certificates already issued for',
  certificatesPerSetOfNames:
    'too many certificates already issued for this exact set of identifiers:',
  failuresPerName: 'too many failed authorizations for',
}

export type Meter = {
  /** Throws the 429 when nothing is left. */
  check(name: LimitName, key: string): void
  spend(name: LimitName, key: string): void
}

/**
 * Token buckets that fill evenly, as Boulder has them (as GCRA: per key, the moment at which its bucket is
 * full again). Some limits are looked at with the order and spent later, with the certificate or the failure.
 */
export function meter(limits: Limits, now: () => Date): Meter {
  const fullAt = new Map<string, number>()
  const stateOf = (name: LimitName, key: string) => {
    const { count, hours } = limits[name]
    const whole = hours * 3_600_000
    const from = Math.max(fullAt.get(`${name} ${key}`) ?? 0, now().getTime())
    return { id: `${name} ${key}`, after: from + whole / count, whole }
  }
  return {
    check(name, key) {
      const { after, whole } = stateOf(name, key)
      const wait = after - whole - now().getTime()
      if (wait <= 0) return
      const seconds = Math.ceil(wait / 1000)
      const { count, hours } = limits[name]
      throw new Refusal(
        429,
        'rateLimited',
        `${says[name]} ${key} (${count}) in the last ${hours}h, retry after ${new Date(now().getTime() + wait).toISOString()}`,
        { 'retry-after': String(seconds) },
      )
    },
    spend(name, key) {
      const { id, after } = stateOf(name, key)
      fullAt.set(id, after)
    },
  }
}

/** The lab's names have no public suffixes of two labels. */
export const registeredDomain = (name: string): string => name.split('.').slice(-2).join('.')
