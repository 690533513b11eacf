import { forwardPlainHttp } from '../demo/mistakes.ts'
import type { Fault } from './fault.ts'

export const port8123Forwarded: Fault = {
  name: 'port 8123 of the router leads straight to Home Assistant',
  async plant(world) {
    const mistake = await forwardPlainHttp(world)
    return () => mistake.close()
  },
  broken: ['origin/open', 'origin/plain-http'],
  notBroken: ['origin/open-ipv6', 'origin/certificate-visible', 'edge/unreachable'],
}
