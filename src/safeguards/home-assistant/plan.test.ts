import assert from 'node:assert/strict'
import { test } from 'node:test'

import { known } from '../../core/fact.ts'
import { plan } from './plan.ts'
import type { Desired, Observed } from './types.ts'

const desired: Desired = {
  proxy: undefined,
  externalUrl: 'https://ha.example.com',
  tls: 'gateway',
  edgeRanges: [],
}

const observed = (stable: Record<string, unknown>): Observed => ({
  outside: known({
    isHomeAssistant: true,
    onboarded: true,
    acceptsProxy: false,
    seesUsAs: { family: 'ipv4', text: '192.168.1.5' },
  }),
  http: known({ stable, pending: undefined, onTrial: false }),
  core: known({ version: '2026.9.4', externalUrl: 'https://ha.example.com', recoveryMode: false }),
})

test('our address is added to what the owner trusts, and everything else stays', () => {
  const stable = {
    server_port: 8123,
    trusted_proxies: ['172.30.33.0/24'],
    cors_allowed_origins: ['https://x'],
  }
  const [step] = plan(desired, observed(stable)).steps
  assert.deepEqual(step?.does, {
    verb: 'set-http',
    was: stable,
    now: {
      ...stable,
      use_x_forwarded_for: true,
      trusted_proxies: ['172.30.33.0/24', '192.168.1.5/32'],
    },
  })
})

test('an address that is trusted already, alone or within a range, needs nothing', () => {
  for (const proxies of [['192.168.1.5'], ['192.168.1.5/32'], ['192.168.0.0/16']]) {
    assert.deepEqual(
      plan(desired, observed({ use_x_forwarded_for: true, trusted_proxies: proxies })).steps,
      [],
    )
  }
})

test('without a known address nothing is set, and the owner is told which key to set', () => {
  const unknown = {
    ...observed({}),
    outside: known({
      isHomeAssistant: true,
      onboarded: true,
      acceptsProxy: false,
      seesUsAs: undefined,
    }),
  }
  assert.deepEqual(plan(desired, unknown).steps, [])
  assert.match(plan(desired, unknown).left.join(), /sees_gatehouse_as/)
})
