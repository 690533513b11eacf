import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'the line is down for a while, and comes up with the same address',
  async play({ router, moves, drops, current, waits, follows }) {
    const same = current()
    await drops()
    await router.announce()
    await waits(2000)
    await moves(same)
    await follows(same)
  },
}
