import { networkInterfaces } from 'node:os'

import type { RouterKind, Settings } from '../config/settings.ts'
import { dataFolder } from '../core/data-folder.ts'
import { embeddedRanges } from '../core/ranges.ts'
import { rangesInForce } from '../core/ranges-change.ts'
import { ruleFor, type RouterRule } from '../safeguards/port-forward/rule.ts'
import { rangesStore } from '../adapters/system/ranges-store.ts'

/** The exact rule for the owner's router, with the ranges in force. Asks nobody. */
export async function routerRule(
  settings: Settings,
  kind: RouterKind | undefined,
): Promise<RouterRule> {
  const kept = await rangesStore(dataFolder(settings.data), settings.address.allow).load()
  const { ipv4, ipv6 } = kept ? rangesInForce(kept) : embeddedRanges
  return ruleFor(kind ?? settings.router.kind, {
    ipv4: ipv4.map(({ text }) => text),
    ipv6: ipv6.map(({ text }) => text),
    publicPort: settings.publicPort,
    forwardTo: settings.router.forwardTo?.text ?? lanAddress(),
    forwardPort: settings.router.forwardPort,
  })
}

/** This machine's address at home, where it has just one. */
function lanAddress(): string | undefined {
  const found = Object.values(networkInterfaces())
    .flat()
    .filter((each) => each?.family === 'IPv4' && !each.internal)
  return found.length === 1 ? found[0]?.address : undefined
}
