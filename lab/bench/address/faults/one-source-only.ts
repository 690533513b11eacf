import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'nobody but one source is left, and that one lies',
  async play({ cloud, router, next, waits }) {
    await router.says({ natPmp: 'silent', upnp: 'junk', pcp: 'silent' })
    await cloud.outside({ trace: next(), whoami: 'silent' })
    await router.announce()
    await waits(3000)
  },
}
