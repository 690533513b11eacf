import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'the router starts again, and its epoch goes backwards',
  async play({ router, moves, next, waits, follows }) {
    await router.says({ began: Date.now() })
    await router.announce()
    await waits(1000)
    const address = next()
    await moves(address)
    await follows(address)
  },
}
