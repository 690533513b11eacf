import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'everybody, the router too, says a private address',
  async play({ cloud, router, waits }) {
    await cloud.outside({ trace: '192.168.7.7', whoami: '192.168.7.7' })
    await router.says({ external: '192.168.7.7' })
    await router.announce()
    await waits(2000)
  },
}
