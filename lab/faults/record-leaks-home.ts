import type { Fault } from './fault.ts'

export const recordLeaksHome: Fault = {
  name: 'another record of the zone names the home address',
  plant({ zone, addresses }) {
    zone.records.push({
      id: 'leak',
      type: 'TXT',
      name: 'example.com',
      content: `v=spf1 ip4:${addresses.home} -all`,
      proxied: false,
      ttl: 1,
      comment: null,
      createdOn: '',
      modifiedOn: '',
    })
    return () => void zone.records.pop()
  },
  broken: ['dns/leaks-address'],
  notBroken: ['dns/not-proxied', 'dns/foreign-record', 'dns/answers-home-address'],
}
