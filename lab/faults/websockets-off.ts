import type { Fault } from './fault.ts'

export const webSocketsOff: Fault = {
  name: 'WebSockets were turned off at Cloudflare',
  plant({ zone }) {
    zone.settings.set('websockets', { value: 'off', editable: true })
    return () => void zone.settings.set('websockets', { value: 'on', editable: true })
  },
  broken: ['edge/websockets-off', 'home-assistant/websocket'],
  notBroken: ['home-assistant/not-reached', 'origin/not-reached'],
  cause: 'edge/websockets-off',
}
