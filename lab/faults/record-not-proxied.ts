import type { Fault } from './fault.ts'

export const recordNotProxied: Fault = {
  name: 'the cloud at the record was switched to grey',
  plant({ zone }) {
    for (const record of zone.records) record.proxied = false
    return () => {
      for (const record of zone.records) record.proxied = true
    }
  },
  broken: ['edge/unreachable', 'dns/not-proxied', 'dns/answers-home-address'],
  notBroken: ['dns/missing', 'dns/wrong-address', 'zone/paused', 'certificate/expired'],
  cause: 'dns/not-proxied',
}
