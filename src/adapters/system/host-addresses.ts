import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'

import { addressOf, type Address } from '../../core/address.ts'

/** An address of this machine, as the kernel has it. */
export type HostAddress = {
  readonly address: Address
  readonly device: string
  /** Made by privacy extensions (RFC 8981), gone tomorrow. */
  readonly temporary: boolean
  /** Not yet, or no more: tentative, deprecated, or a duplicate. */
  readonly unfit: boolean
  /** Set by hand or by a program, not learned from the router with an end. */
  readonly permanent: boolean
}

/**
 * All addresses of this machine but loopback's. On Linux with the flags of IPv6 from the kernel's own
 * table: no program is started for it, and it is there in every container. Elsewhere nothing is known of
 * them, and every address counts as lasting.
 */
export async function hostAddresses(file = '/proc/net/if_inet6'): Promise<readonly HostAddress[]> {
  const table = await readFile(file, 'utf8').catch(() => undefined)
  const listed = Object.entries(networkInterfaces()).flatMap(([device, each]) =>
    (each ?? [])
      .filter(({ internal }) => !internal)
      .filter(({ family }) => family === 'IPv4' || table === undefined)
      .flatMap(({ address }) => shaped(device, addressOf(address), 0)),
  )
  return [...listed, ...(table === undefined ? [] : inet6In(table))]
}

/** Columns of /proc/net/if_inet6: address, interface index, prefix length, scope, flags, interface; in hexadecimal. */
export function inet6In(table: string): HostAddress[] {
  return table.split('\n').flatMap((line) => {
    const match = /^([0-9a-f]{32}) [0-9a-f]+ [0-9a-f]+ ([0-9a-f]{2}) ([0-9a-f]{2})\s+(\S+)$/u.exec(
      line,
    )
    const [, hex = '', scope, flags = '', device = ''] = match ?? []
    // Scope 0 is global (linux/ipv6.h); unique local addresses are among them and sorted out later.
    if (scope !== '00') return []
    return shaped(device, addressOf(hex.replace(/.{4}(?=.)/gu, '$&:')), Number.parseInt(flags, 16))
  })
}

/** linux/if_addr.h, of which the table shows the lower eight bits. */
const flag = {
  temporary: 0x01,
  duplicate: 0x08,
  deprecated: 0x20,
  tentative: 0x40,
  permanent: 0x80,
}

function shaped(device: string, address: Address | undefined, flags: number): HostAddress[] {
  if (!address) return []
  return [
    {
      address,
      device,
      temporary: (flags & flag.temporary) !== 0,
      unfit: (flags & (flag.duplicate | flag.deprecated | flag.tentative)) !== 0,
      permanent: (flags & flag.permanent) !== 0,
    },
  ]
}
