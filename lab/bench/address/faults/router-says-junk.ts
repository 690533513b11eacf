import type { FaultScript } from '../fault-script.ts'

export const script: FaultScript = {
  says: 'the router answers with junk in every language while the address changes',
  async play({ router, moves, next, follows }) {
    await router.says({ natPmp: 'junk', upnp: 'junk', pcp: 'silent' })
    const address = next()
    await moves(address)
    await follows(address)
  },
}
