import type { Fault } from './fault.ts'

export const zonePartial: Fault = {
  name: 'the zone became a partial one: others answer for it',
  plant({ zone }) {
    zone.type = 'partial'
    return () => {
      zone.type = 'full'
    }
  },
  broken: ['zone/partial'],
  notBroken: ['zone/not-active', 'dns/not-proxied', 'origin/not-reached'],
  cause: 'zone/partial',
}
