import type { Fault } from './fault.ts'

export const tokenEnded: Fault = {
  name: 'the token of every day has ended',
  plant({ token }) {
    token.status = 'expired'
    return () => {
      token.status = 'active'
    }
  },
  broken: ['token/refused'],
  notBroken: ['token/too-broad', 'edge/unreachable', 'origin/open'],
  cause: 'token/refused',
}
