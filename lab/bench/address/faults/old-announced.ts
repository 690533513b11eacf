import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'what the router announces is the address from before',
  async play({ router, moves, next, current, follows }) {
    const old = current()
    const address = next()
    await moves(address)
    await router.announce(old)
    await router.notify(old)
    await follows(address)
  },
}
