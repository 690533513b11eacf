import { readFile } from 'node:fs/promises'

/**
 * The IPv4 address of this machine's default gateway, as the Linux kernel has it; `undefined` where
 * there is none, and on other systems. Of several the one with the lowest metric, as the kernel does.
 */
export async function defaultGateway(file = '/proc/net/route'): Promise<string | undefined> {
  return gatewayIn(await readFile(file, 'utf8').catch(() => ''))
}

/** RTF_UP and RTF_GATEWAY (linux/route.h). */
const throughGateway = 0x3

/** Columns of /proc/net/route: interface, destination, gateway, flags, …, metric, mask; addresses in host order. */
export function gatewayIn(table: string): string | undefined {
  const [best] = table
    .split('\n')
    .map((line) => line.trim().split(/\s+/u))
    .filter(
      ([, destination, gateway, flags, , , , mask]) =>
        destination === '00000000' &&
        mask === '00000000' &&
        /^[0-9A-F]{8}$/iu.test(gateway ?? '') &&
        (Number.parseInt(flags ?? '', 16) & throughGateway) === throughGateway,
    )
    .toSorted((a, b) => Number(a[6]) - Number(b[6]))
  const hex = best?.[2]
  return hex === undefined
    ? undefined
    : [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.')
}
