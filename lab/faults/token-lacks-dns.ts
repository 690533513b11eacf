import type { Fault } from './fault.ts'

export const tokenLacksDns: Fault = {
  name: 'the token of every day may no longer change records',
  plant({ token }) {
    const before = token.scopes
    token.scopes = before.map((scope) => (scope === 'dns:edit' ? 'dns:read' : scope))
    return () => {
      token.scopes = before
    }
  },
  broken: ['token/missing-permission'],
  notBroken: ['token/refused', 'token/too-broad'],
  cause: 'token/missing-permission',
}
