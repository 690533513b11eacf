import type { Fault } from './fault.ts'

export const zonePaused: Fault = {
  name: 'Cloudflare was paused for the zone',
  plant({ zone }) {
    zone.paused = true
    return () => void (zone.paused = false)
  },
  broken: ['edge/unreachable', 'zone/paused', 'dns/answers-home-address'],
  notBroken: ['dns/not-proxied', 'dns/missing'],
  cause: 'zone/paused',
}
