import { mappedIpv4 } from './bytes.ts'

/** ANNOUNCE (RFC 6887 section 14.1): the one question of PCP that makes no mapping. */
const announce = 0

/** Asks a PCP server for a sign of life and its epoch. `from` is the address that the datagram leaves from. */
export function announceRequest(from: string): Buffer {
  const bytes = Buffer.alloc(24)
  bytes[0] = 2
  bytes[1] = announce
  mappedIpv4(from).copy(bytes, 8)
  return bytes
}

/** The common header of what a PCP server says (RFC 6887 section 7.2). The external address is not in it. */
export type PcpAnswer = {
  readonly opcode: number
  /** 0: success; 1: another version; 12: our address was translated on the way (ADDRESS_MISMATCH). */
  readonly result: number
  /** Seconds since the server began its table of mappings. */
  readonly epoch: number
}

/** The answer in a datagram; `undefined` where it is something else. */
export function readPcp(bytes: Buffer): PcpAnswer | undefined {
  const [version, opcode = 0] = bytes
  // 24 bytes at least, 1,100 at most, and a multiple of four (RFC 6887 section 7).
  if (bytes.length < 24 || bytes.length > 1100 || bytes.length % 4 !== 0) return undefined
  if (version !== 2 || opcode < 128) return undefined
  return { opcode: opcode & 0x7f, result: bytes[3] ?? 0, epoch: bytes.readUInt32BE(8) }
}
