import { addressOf, type Address } from '../../core/address.ts'

/** The IPv4 address in four bytes; `undefined` for 0.0.0.0, which says that there is none. */
export function ipv4In(bytes: Buffer, at: number): Address | undefined {
  const four = bytes.subarray(at, at + 4)
  return four.length < 4 || four.every((byte) => byte === 0) ? undefined : addressOf(four.join('.'))
}

/** The sixteen bytes in which PCP names every address: IPv4 as IPv4-mapped IPv6 (RFC 6887 section 5). */
export function mappedIpv4(text: string): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.fill(0xff, 10, 12)
  bytes.set(text.split('.').map(Number), 12)
  return bytes
}
