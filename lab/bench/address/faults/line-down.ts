import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'the line is down for a while (result 3, 0.0.0.0), and comes up with another address',
  async play({ router, moves, drops, next, waits, follows }) {
    await drops()
    await router.announce()
    await router.notify()
    await waits(2500)
    const address = next()
    await moves(address)
    await follows(address)
  },
}
