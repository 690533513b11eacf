import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'the router has just started and says for a moment that it has no address',
  async play({ router, current, waits, follows }) {
    const same = current()
    await router.says({ began: Date.now() })
    await router.drops()
    await router.announce()
    await waits(2000)
    await router.says({ external: same })
    await follows(same)
  },
}
