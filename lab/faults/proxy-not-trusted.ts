import type { Fault } from './fault.ts'

export const proxyNotTrusted: Fault = {
  name: 'Home Assistant forgot its trusted proxies',
  plant({ homeAssistant: { state } }) {
    const { trusted_proxies: proxies, use_x_forwarded_for: uses } = state.stable
    delete state.stable.trusted_proxies
    delete state.stable.use_x_forwarded_for
    return () => {
      if (proxies) state.stable.trusted_proxies = proxies
      if (uses !== undefined) state.stable.use_x_forwarded_for = uses
    }
  },
  broken: ['home-assistant/rejects-proxy', 'home-assistant/websocket'],
  notBroken: ['origin/not-reached', 'edge/websockets-off', 'edge/unreachable'],
  cause: 'home-assistant/rejects-proxy',
}
