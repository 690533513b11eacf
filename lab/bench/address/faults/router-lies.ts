import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'the router says a public address that it does not have',
  async play({ router, next, waits }) {
    await router.says({ external: next() })
    await router.announce()
    await router.notify()
    await waits(2000)
  },
}
