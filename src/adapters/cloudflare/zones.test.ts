import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { startCloudflare } from '../../../lab/simulators/cloudflare/cloudflare.ts'
import type { Scope } from '../../../lab/simulators/cloudflare/state.ts'
import { Problem } from '../../core/problem.ts'
import { Secret } from '../../core/secret.ts'
import { cloudflareClient } from './client.ts'
import { findZone } from './zones.ts'

const signal = new AbortController().signal

async function worldFor(t: TestContext, scopes: readonly Scope[] = ['zone:read', 'dns:edit']) {
  const cloudflare = await startCloudflare()
  t.after(() => cloudflare.close())
  const account = cloudflare.account('home')
  const client = cloudflareClient({
    baseUrl: cloudflare.baseUrl,
    token: new Secret('token', cloudflare.token(account, scopes).value),
    now: () => new Date(),
    random: () => 0,
    rest: () => Promise.resolve(),
  })
  return { cloudflare, account, client }
}

const problem = (code: string, hint: RegExp) => (error: unknown) =>
  error instanceof Problem && error.code === code && hint.test(error.hint ?? '')

test('the longest suffix wins: a zone of its own below another zone', async (t) => {
  const { cloudflare, account, client } = await worldFor(t)
  cloudflare.zone('example.co.uk', account)
  assert.equal(
    (await findZone(client, 'ha.home.example.co.uk', undefined, signal)).name,
    'example.co.uk',
  )
  cloudflare.zone('home.example.co.uk', account)
  assert.equal(
    (await findZone(client, 'ha.home.example.co.uk', undefined, signal)).name,
    'home.example.co.uk',
  )
})

test('where zones may not be listed, the id leads to it', async (t) => {
  const { cloudflare, account, client } = await worldFor(t, ['ssl_and_certificates:edit'])
  const { id } = cloudflare.zone('example.com', account)
  await assert.rejects(
    findZone(client, 'ha.example.com', undefined, signal),
    problem('token/missing-permission', /token check/),
  )
  assert.equal((await findZone(client, 'ha.example.com', id, signal)).name, 'example.com')
})

test('an id of another zone is a mistake of the configuration', async (t) => {
  const { cloudflare, account, client } = await worldFor(t)
  const { id } = cloudflare.zone('example.net', account)
  await assert.rejects(
    findZone(client, 'ha.example.com', id, signal),
    (error) =>
      problem('zone/not-found', /zone_id/)(error) && error instanceof Problem && error.usage,
  )
})

for (const state of [
  { status: 'pending' },
  { status: 'moved' },
  { paused: true },
  { type: 'partial' },
] as const) {
  test(`a zone that is ${Object.values(state).join()} is found, and says so`, async (t) => {
    const { cloudflare, account, client } = await worldFor(t)
    Object.assign(cloudflare.zone('example.com', account), state)
    const found = await findZone(client, 'ha.example.com', undefined, signal)
    assert.deepEqual({ ...found, ...state }, found)
  })
}
