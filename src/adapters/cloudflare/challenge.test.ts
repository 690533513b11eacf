import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { startCloudflare } from '../../../lab/simulators/cloudflare/cloudflare.ts'
import { newId, type DnsRecord } from '../../../lab/simulators/cloudflare/state.ts'
import { Problem } from '../../core/problem.ts'
import { Secret } from '../../core/secret.ts'
import { challengeRecords } from './challenge.ts'
import { cloudflareClient } from './client.ts'
import { zoneRecords } from './records.ts'

const signal = new AbortController().signal
const name = '_acme-challenge.ha.example.com'

async function worldFor(t: TestContext) {
  const cloudflare = await startCloudflare()
  t.after(() => cloudflare.close())
  const account = cloudflare.account('home')
  const zone = cloudflare.zone('example.com', account)
  const client = cloudflareClient({
    baseUrl: cloudflare.baseUrl,
    token: new Secret('token', cloudflare.token(account, ['zone:read', 'dns:edit']).value),
    now: () => new Date(),
    random: () => 0,
    rest: () => Promise.resolve(),
  })
  return { cloudflare, zone, challenges: challengeRecords(zoneRecords(client, zone.id)) }
}

const record = (more: Partial<DnsRecord>): DnsRecord => ({
  id: newId(),
  type: 'TXT',
  name,
  content: '"other"',
  proxied: false,
  ttl: 60,
  comment: null,
  createdOn: '',
  modifiedOn: '',
  ...more,
})

const contents = (zone: { readonly records: readonly DnsRecord[] }) =>
  zone.records.map(({ content }) => content)

test('published twice it is there once, withdrawn twice it is gone, and the other one stays', async (t) => {
  const { zone, challenges } = await worldFor(t)
  zone.records = [record({})]
  await challenges.publish(name, 'proof', signal)
  await challenges.publish(name, 'proof', signal)
  assert.deepEqual(contents(zone), ['"other"', '"proof"'])
  await challenges.withdraw(name, 'proof', signal)
  await challenges.withdraw(name, 'proof', signal)
  assert.deepEqual(contents(zone), ['"other"'])
})

test('apex and wildcard have two values at one name', async (t) => {
  const { zone, challenges } = await worldFor(t)
  await challenges.publish(name, 'one', signal)
  await challenges.publish(name, 'two', signal)
  assert.deepEqual(contents(zone), ['"one"', '"two"'])
})

test('a value that is there without quotes is the same value', async (t) => {
  const { zone, challenges } = await worldFor(t)
  zone.records = [record({ content: 'proof' })]
  await challenges.publish(name, 'proof', signal)
  assert.equal(zone.records.length, 1)
  await challenges.withdraw(name, 'proof', signal)
  assert.deepEqual(zone.records, [])
})

test('an answer that is lost: it is looked for, and not made twice', async (t) => {
  const { cloudflare, zone, challenges } = await worldFor(t)
  cloudflare.api.fault(/POST/, { is: 'lost-answer' })
  await challenges.publish(name, 'proof', signal)
  assert.deepEqual(contents(zone), ['"proof"'])
  cloudflare.api.fault(/DELETE/, { is: 'lost-answer' })
  await challenges.withdraw(name, 'proof', signal)
  assert.deepEqual(zone.records, [])
})

test('a record that did not get through is not claimed', async (t) => {
  const { cloudflare, zone, challenges } = await worldFor(t)
  cloudflare.api.fault(/POST/, { is: 'refused-before', status: 502 })
  await assert.rejects(
    challenges.publish(name, 'proof', signal),
    (error) => error instanceof Problem && error.code === 'cloudflare/unconfirmed',
  )
  assert.deepEqual(zone.records, [])
})

test('only what we left behind is cleaned up', async (t) => {
  const { zone, challenges } = await worldFor(t)
  await challenges.publish(name, 'of an earlier run', signal)
  zone.records = [
    ...zone.records,
    record({ content: '"of certbot"' }),
    record({ name: 'ha.example.com', comment: 'gatehouse: managed' }),
  ]
  await challenges.withdrawLeftovers(name, signal)
  assert.deepEqual(contents(zone), ['"of certbot"', '"other"'])
})

const delegated = (error: unknown): boolean =>
  error instanceof Problem &&
  error.code === 'dns/challenge-delegated' &&
  /auth\.example\.net/.test(error.message) &&
  error.hint !== undefined

test('a delegated challenge is found before and at publishing, and names where it leads', async (t) => {
  const { zone, challenges } = await worldFor(t)
  await challenges.refuseDelegation(name, signal)
  zone.records = [record({ type: 'CNAME', content: 'x.auth.example.net' })]
  await assert.rejects(challenges.refuseDelegation(name, signal), delegated)
  await assert.rejects(challenges.publish(name, 'proof', signal), delegated)
  assert.equal(zone.records.length, 1)
})
