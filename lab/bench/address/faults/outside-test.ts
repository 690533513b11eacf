import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'everybody, the router too, says an address for tests',
  async play({ cloud, router, waits }) {
    await cloud.outside({ trace: '198.18.7.7', whoami: '198.18.7.7' })
    await router.says({ external: '198.18.7.7' })
    await router.announce()
    await waits(2000)
  },
}
