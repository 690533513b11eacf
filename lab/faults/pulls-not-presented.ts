import type { Fault } from './fault.ts'

export const pullsNotPresented: Fault = {
  name: 'the edge no longer presents our client certificate for the name',
  plant({ zone }) {
    const associations = new Map(zone.pulls.associations)
    zone.pulls.associations.clear()
    return () => {
      for (const [host, association] of associations) zone.pulls.associations.set(host, association)
    }
  },
  broken: ['pulls/off', 'origin/not-reached'],
  unknown: ['origin/other-tenant', 'origin/open'],
  notBroken: ['edge/unreachable', 'certificate/untrusted', 'dns/wrong-address'],
  cause: 'pulls/off',
}
