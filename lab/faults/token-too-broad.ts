import type { Fault } from './fault.ts'

export const tokenTooBroad: Fault = {
  name: 'the token of every day reaches another zone too',
  plant({ token, zone, cloudflare, account }) {
    const other = cloudflare.zone('example.net', account)
    token.zones = [zone.id, other.id]
    return () => {
      token.zones = [zone.id]
      cloudflare.state.zones.splice(cloudflare.state.zones.indexOf(other), 1)
    }
  },
  broken: ['token/too-broad'],
  notBroken: ['token/refused', 'token/missing-permission'],
}
