import type { Fault } from './fault.ts'

export const recordGone: Fault = {
  name: 'somebody deleted the record of the house',
  plant({ zone }) {
    const before = zone.records
    zone.records = []
    // Nobody may have asked a resolver meanwhile: it would go on saying that there is nothing.
    return () => {
      zone.records = before
    }
  },
  broken: ['dns/missing', 'edge/unreachable'],
  notBroken: ['origin/open', 'origin/not-reached', 'dns/not-proxied', 'home-assistant/websocket'],
  cause: 'dns/missing',
}
