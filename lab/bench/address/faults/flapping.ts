import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'two lines take turns twelve times; the last one stays',
  async play({ moves, next, waits, follows }) {
    const [one, other] = [next(), next()]
    for (let i = 0; i < 12; i++) {
      await moves(i % 2 === 0 ? one : other)
      await waits(400)
    }
    await follows(other)
  },
}
