import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'a flood of announcements, and a true change in the middle of it',
  async play({ router, moves, next, waits, follows }) {
    for (let i = 0; i < 200; i++) {
      await router.announce(`11.22.40.${i}`)
      await waits(5)
    }
    const address = next()
    await moves(address)
    for (let i = 0; i < 50; i++) await router.announce(`11.22.41.${i}`)
    await follows(address)
  },
}
