import type { RouterWord } from '../../adapters/port-mapping/router.ts'
import type { HostAddress } from '../../adapters/system/host-addresses.ts'
import type { Address, Range } from '../../core/address.ts'
import type { Fact } from '../../core/fact.ts'
import { unknown } from '../../core/fact.ts'
import type { Finding } from '../../core/finding.ts'

/** What those who were asked say about the address of the home in one family. */
export type Opinions = {
  /** `cdn-cgi/trace`: from outside, over TLS. */
  readonly trace: Fact<Address>
  /** The router at home; it only knows of IPv4. */
  readonly router: RouterWord
  /** This machine's own addresses. */
  readonly host: readonly HostAddress[]
  /** A resolver, as a second view from outside; `undefined` while it was not asked. */
  readonly whoami?: Fact<Address>
}

export type Rules = {
  /** The ranges of the edge: an address in one of them is a VPN's or WARP's, never a home's. */
  readonly edge: readonly Range[]
  /** Ranges that the owner declared public. */
  readonly allowed: readonly Range[]
}

/** What is to be believed of one family. */
export type Judged = {
  readonly fact: Fact<Address>
  /** What a person should know about it, whether or not the address is known. */
  readonly trouble: readonly Finding[]
  /** The provider shares the address: by this family nobody can come in. */
  readonly shared?: true
}

export const believe = (fact: Fact<Address>, ...trouble: Finding[]): Judged => ({ fact, trouble })
export const doubt = (because: string, ...trouble: Finding[]): Judged => ({
  fact: unknown(because),
  trouble,
})
