import type { Fault } from './fault.ts'

export const countryRefused: Fault = {
  name: 'the machine that verifies is in a country that is not let in',
  plant({ cloudflare: { state } }) {
    state.countries.set('198.51.100.9', 'AQ')
    return () => void state.countries.set('198.51.100.9', 'PT')
  },
  broken: [],
  unknown: [
    'home-assistant/not-reached',
    'origin/not-reached',
    'origin/open',
    'home-assistant/websocket',
  ],
  notBroken: ['origin/not-reached', 'edge/unreachable', 'home-assistant/rejects-proxy'],
}
