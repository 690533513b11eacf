import type { Fault } from './fault.ts'

export const zoneMoved: Fault = {
  name: 'the name servers at the registrar were changed, and the zone is no longer active',
  plant({ zone }) {
    zone.status = 'moved'
    return () => {
      zone.status = 'active'
    }
  },
  broken: ['zone/not-active', 'dns/answers-home-address'],
  notBroken: ['zone/paused', 'dns/not-proxied', 'token/refused'],
}
