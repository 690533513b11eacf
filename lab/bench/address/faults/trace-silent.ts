import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'the view from outside takes the question and never answers, while the address changes twice',
  async play({ cloud, moves, next, waits, follows }) {
    await cloud.outside({ trace: 'silent' })
    await moves(next())
    await waits(1000)
    await cloud.outside()
    const address = next()
    await moves(address)
    await follows(address)
  },
}
