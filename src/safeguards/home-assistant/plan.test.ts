import assert from 'node:assert/strict'
import { test } from 'node:test'

import { mustBeRange } from '../../core/address.ts'
import { absent, known } from '../../core/fact.ts'
import { plan } from './plan.ts'
import type { Desired, Observed } from './types.ts'

const desired: Desired = {
  proxy: undefined,
  externalUrl: 'https://ha.example.com',
  tls: 'gateway',
  edgeRanges: [],
  formerRanges: [],
  files: undefined,
  restartWindow: undefined,
}

const observed = (stable: Record<string, unknown>): Observed => ({
  outside: known({
    isHomeAssistant: true,
    onboarded: true,
    acceptsProxy: false,
    believesProxy: undefined,
    offersTrustedNetworks: false,
    seesUsAs: { family: 'ipv4', text: '192.168.1.5' },
    certificate: undefined,
  }),
  inside: known({
    version: '2026.9.4',
    externalUrl: 'https://ha.example.com',
    recoveryMode: false,
    http: { stable, pending: undefined, onTrial: false },
    repairs: [],
    refusedPeers: [],
  }),
  yaml: absent,
  refusedAs: undefined,
  pair: absent,
  restartedFor: undefined,
  minuteOfDay: 0,
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
    expects: 'proxy',
  })
})

test('what Home Assistant itself saw counts more than our side of the connection, and the owner more than both', () => {
  const nat = { ...observed({}), refusedAs: { family: 'ipv4', text: '172.30.32.1' } } as const
  const proxies = (wish: Desired) => {
    const [step] = plan(wish, nat).steps
    return step?.does.verb === 'set-http' ? step.does.now['trusted_proxies'] : undefined
  }
  assert.deepEqual(proxies(desired), ['172.30.32.1/32'])
  for (const said of ['fd00::9/128', '172.30.33.0/24'])
    assert.deepEqual(proxies({ ...desired, proxy: mustBeRange(said) }), [said])
})

test('without an owner there is one step, which waits for one', () => {
  const fresh = observed({})
  assert.ok(fresh.outside.is === 'known')
  const steps = plan(desired, {
    ...fresh,
    outside: known({ ...fresh.outside.value, onboarded: false }),
  }).steps
  assert.deepEqual(
    steps.map(({ does }) => does),
    [{ verb: 'await-owner' }],
  )
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
      believesProxy: undefined,
      offersTrustedNetworks: false,
      seesUsAs: undefined,
      certificate: undefined,
    }),
  }
  assert.deepEqual(plan(desired, unknown).steps, [])
  assert.match(plan(desired, unknown).left.join(), /sees_gatehouse_as/)
})
