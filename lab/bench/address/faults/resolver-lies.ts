import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'the router is silent, and somebody answers in the place of the resolver',
  async play({ cloud, router, next, waits }) {
    await router.says({ natPmp: 'silent', upnp: 'junk', pcp: 'silent' })
    await cloud.outside({ whoami: next() })
    await router.announce()
    await waits(3000)
  },
}
