import type { Fault } from './fault.ts'

export const foreignRecord: Fault = {
  name: 'somebody else put a second record at the name',
  plant({ zone, addresses }) {
    zone.records.push({
      id: 'foreign',
      type: 'A',
      name: 'ha.example.com',
      content: addresses.stranger,
      proxied: true,
      ttl: 1,
      comment: null,
      createdOn: '',
      modifiedOn: '',
    })
    return () => void zone.records.pop()
  },
  broken: ['dns/foreign-record', 'dns/duplicate', 'dns/wrong-address'],
  notBroken: ['dns/not-proxied', 'dns/answers-home-address', 'dns/missing'],
}
