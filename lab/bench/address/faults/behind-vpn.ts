import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'a VPN goes up on the machine: both views from outside agree on its address',
  async play({ cloud, router, next, waits }) {
    const exit = next()
    await cloud.outside({ trace: exit, whoami: exit })
    await router.announce()
    await waits(2000)
  },
}
