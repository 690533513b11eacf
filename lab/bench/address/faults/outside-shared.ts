import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'everybody, the router too, says a shared address',
  async play({ cloud, router, waits }) {
    await cloud.outside({ trace: '100.64.7.7', whoami: '100.64.7.7' })
    await router.says({ external: '100.64.7.7' })
    await router.announce()
    await waits(2000)
  },
}
