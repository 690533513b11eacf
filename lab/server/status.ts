import type { KeeperStatus } from '../../src/keeper/status.ts'

/** A keeper that has just started: nothing is known yet. */
export const emptyStatus: KeeperStatus = {
  startedAt: '2026-11-25T11:59:00.000Z',
  verdict: null,
  links: {
    visitor: 'unknown',
    cloudflare: 'unknown',
    router: 'unknown',
    gatehouse: 'unknown',
    'home-assistant': 'unknown',
  },
  safeguards: [{ name: 'dns-record', lastLook: null, nextLook: null, failures: 0, findings: [] }],
  findings: [],
  addresses: {
    ipv4: { is: 'unknown', because: 'nobody has looked yet' },
    ipv6: { is: 'unknown', because: 'nobody has looked yet' },
  },
  certificate: null,
  gateway: null,
}
