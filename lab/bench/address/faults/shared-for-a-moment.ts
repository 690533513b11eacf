import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'the router says a shared address for a moment: the record stays',
  async play({ router, current, waits, follows }) {
    const same = current()
    await router.says({ external: '100.72.1.2' })
    await router.announce()
    await waits(2000)
    await router.says({ external: same })
    await router.announce()
    await follows(same)
  },
}
