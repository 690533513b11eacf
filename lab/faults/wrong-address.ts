import type { Fault } from './fault.ts'

export const wrongAddress: Fault = {
  name: 'the provider gave the home a new address and the record has the old one',
  plant({ zone, addresses }) {
    for (const record of zone.records) record.content = addresses.stranger
    return () => {
      for (const record of zone.records) record.content = addresses.home
    }
  },
  broken: ['dns/wrong-address', 'origin/not-reached'],
  // Nobody comes in by the edge, so that a stranger gets nothing proves nothing.
  unknown: ['origin/open'],
  notBroken: ['edge/unreachable', 'home-assistant/not-reached', 'pulls/off'],
  cause: 'dns/wrong-address',
}
