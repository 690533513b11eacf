import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'the view from outside says the address of somebody else',
  async play({ cloud, router, next, waits }) {
    await cloud.outside({ trace: next() })
    await router.announce()
    await waits(2000)
  },
}
