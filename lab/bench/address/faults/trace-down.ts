import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'the view from outside hangs up while the address changes',
  async play({ cloud, moves, next, waits, follows }) {
    await cloud.outside({ trace: 'down' })
    const address = next()
    await moves(address)
    await waits(1500)
    await cloud.outside()
    await follows(address)
  },
}
