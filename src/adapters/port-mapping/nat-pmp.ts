import type { Address } from '../../core/address.ts'
import { ipv4In } from './bytes.ts'

/** Where a router listens for NAT-PMP and PCP (RFC 6886 section 1.1, RFC 6887 section 19.1). */
export const portMappingPort = 5351

/** A question for the external address: version 0, opcode 0 (RFC 6886 section 3.2). It changes nothing. */
export const addressRequest = (): Buffer => Buffer.from([0, 0])

/** What a router answers, or announces unasked (RFC 6886 section 3.2.1), about its external address. */
export type NatPmpAnswer = {
  /** 0: success, 1: another version, 3: no connection to its provider (RFC 6886 section 3.5). */
  readonly result: number
  /** Seconds since the router began its table of mappings; `undefined` where an error has no room for it. */
  readonly epoch: number | undefined
  /** Only with result 0. `0.0.0.0` is not an address. */
  readonly address: Address | undefined
}

/** The answer in a datagram; `undefined` where it is something else. */
export function readNatPmp(bytes: Buffer): NatPmpAnswer | undefined {
  const [version, opcode] = bytes
  if (bytes.length < 4 || version !== 0 || opcode !== 128) return undefined
  const result = bytes.readUInt16BE(2)
  if (result !== 0)
    return {
      result,
      epoch: bytes.length >= 8 ? bytes.readUInt32BE(4) : undefined,
      address: undefined,
    }
  // Exactly this long (RFC 6886 section 3.2); a longer one is of some other protocol.
  if (bytes.length !== 12) return undefined
  return { result, epoch: bytes.readUInt32BE(4), address: ipv4In(bytes, 8) }
}
