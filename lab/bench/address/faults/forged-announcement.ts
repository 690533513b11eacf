import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'announcements and events of a change that never was',
  async play({ router, next, waits }) {
    const never = next()
    await router.announce(never)
    await router.notify(never)
    await router.notify('0.0.0.0')
    await waits(1500)
  },
}
