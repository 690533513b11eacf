import { lookUpAddresses } from '../adapters/dns/lookup.ts'
import { askEdge, type EdgeAnswer, type EdgeFailure } from '../adapters/probe/edge.ts'
import type { Settings } from '../config/settings.ts'
import { withinAny } from '../core/address.ts'
import type { Cloud } from './cloud.ts'
import type { Ranges } from './ranges.ts'
import { zoneServers } from './zone-servers.ts'

/** One harmless request to the name at an address of the edge; `undefined` while the name does not lead there. */
export type ThroughEdge = (
  name: string,
  signal: AbortSignal,
) => Promise<EdgeAnswer | EdgeFailure | undefined>

export const throughEdge =
  (settings: Settings, cloud: Cloud, ranges: Ranges): ThroughEdge =>
  async (name, signal) => {
    const edge = await ranges.fresh(signal)
    const servers = await zoneServers(settings, cloud, signal).catch(() => {
      signal.throwIfAborted()
      return []
    })
    const said = await Promise.all(
      (['A', 'AAAA'] as const).map((type) =>
        lookUpAddresses(servers, { name, type, recursive: false }, signal),
      ),
    )
    const address = said
      .flat()
      .flatMap((each) => ('values' in each ? each.values : []))
      .find((each) => withinAny(each, edge))
    return (
      address &&
      askEdge(
        {
          address: address.text,
          port: settings.publicPort,
          name,
          path: '/manifest.json',
          secure: true,
        },
        signal,
      )
    )
  }
