import { setTimeout as sleep } from 'node:timers/promises'

import type { Device } from '../adapters/mqtt/device.ts'
import { notKnown, type States } from '../adapters/mqtt/discovery.ts'
import { chain } from '../core/chain.ts'
import { days, seconds, since } from '../core/duration.ts'
import type { AddressStatus, KeeperStatus, StatusReader } from './status.ts'

/** Strangers knock all the time: what they leave in a counter is worth a message now and then only. */
const rhythm = seconds(60)

/** Shows the status as entities until the signal: at once when something happens, and what merely counts each minute. */
export async function showEntities(
  device: Device,
  board: StatusReader,
  now: () => Date,
  signal: AbortSignal,
): Promise<void> {
  const show = (): void => device.show(statesOf(board.read(), now()))
  // The event comes while the board is still written.
  using _ = board.subscribe(() => queueMicrotask(show))
  while (!signal.aborted) {
    show()
    await sleep(rhythm, undefined, { signal }).catch(() => undefined)
  }
}

/** The states of all sensors. */
export function statesOf(status: KeeperStatus, now: Date): States {
  const { verdict, findings, certificate, gateway, addresses } = status
  const causes = findings.filter(({ because }) => because.length === 0)
  const refused = Object.values(gateway?.refused ?? {}).reduce((sum, count) => sum + count, 0)
  return {
    verdict: verdict?.verdict ?? 'unknown',
    problem: causes.some(({ severity }) => severity === 'broken') ? 'ON' : 'OFF',
    findings: String(causes.length),
    ...Object.fromEntries(
      chain.map((link) => [`link_${link.replaceAll('-', '_')}`, status.links[link]]),
    ),
    certificate_days: certificate
      ? String(Math.floor(since(now, new Date(certificate.notAfter)) / days(1)))
      : notKnown,
    ipv4: addressState(addresses.ipv4),
    ipv6: addressState(addresses.ipv6),
    refused: gateway ? String(refused) : notKnown,
    last_proof: verdict?.checkedAt ?? notKnown,
  }
}

function addressState(address: AddressStatus): string {
  if (address.is === 'known') return address.address
  return address.is === 'absent' ? 'none' : notKnown
}
