import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { inspect } from 'node:util'

import { z } from 'zod'

import { startCloudflare } from '../../../lab/simulators/cloudflare/cloudflare.ts'
import type { Fault } from '../../../lab/simulators/cloudflare/api/server.ts'
import type { Scope, Token } from '../../../lab/simulators/cloudflare/state.ts'
import { milliseconds } from '../../core/duration.ts'
import { Problem } from '../../core/problem.ts'
import { Secret } from '../../core/secret.ts'
import { cloudflareClient } from './client.ts'
import { zoneRecords } from './records.ts'
import { checkToken } from './token-check.ts'
import { runPermissions, setupPermissions } from './token-url.ts'
import { findZone } from './zones.ts'

const signal = new AbortController().signal

/** Short only where an answer never comes: a busy machine answers late. */
async function worldFor(t: TestContext, deadline = milliseconds(20_000)) {
  const cloudflare = await startCloudflare()
  t.after(() => cloudflare.close())
  const account = cloudflare.account('home')
  const zone = cloudflare.zone('example.com', account)
  const client = (value: string) =>
    cloudflareClient({
      baseUrl: cloudflare.baseUrl,
      token: new Secret('token', value),
      now: () => new Date(),
      random: () => 0,
      deadline,
      rest: () => Promise.resolve(),
    })
  const token = (scopes: readonly Scope[] = ['zone:read', 'dns:edit'], more: Partial<Token> = {}) =>
    cloudflare.token(account, scopes, more)
  return { cloudflare, account, zone, client, token }
}

/** The Problem, and proof that no form of it shows the token. */
async function problemOf(act: Promise<unknown>, token: string): Promise<Problem> {
  try {
    await act
  } catch (error) {
    assert.ok(error instanceof Problem, inspect(error))
    const shown = [
      inspect(error, { depth: 9, showHidden: true }),
      JSON.stringify(error),
      error.stack,
      error.hint,
    ].join('\n')
    assert.ok(!shown.includes(token), 'the token is shown')
    return error
  }
  throw new Error('nothing was refused')
}

const faults: readonly (readonly [string, Fault, string])[] = [
  [
    '429 without an end',
    { is: 'refused-before', status: 429, headers: { 'retry-after': '300' } },
    'cloudflare/rate-limited',
  ],
  ['500 with a web page', { is: 'html', status: 520 }, 'cloudflare/no-answer'],
  ['500 with nothing', { is: 'refused-before', status: 503 }, 'cloudflare/no-answer'],
  ['an empty answer', { is: 'empty' }, 'cloudflare/no-answer'],
  ['an answer that breaks off', { is: 'cut' }, 'cloudflare/no-answer'],
  ['an answer that never comes', { is: 'slow', ms: 5000 }, 'cloudflare/no-answer'],
  ['an answer without an end', { is: 'huge' }, 'cloudflare/no-answer'],
  ['success: false with 200', { is: 'false-with-200' }, 'cloudflare/no-answer'],
]
for (const [what, fault, code] of faults) {
  test(`${what}: a clear problem, and the next call works`, async (t) => {
    const deadline = fault.is === 'slow' ? milliseconds(700) : undefined
    const { cloudflare, client, token, zone } = await worldFor(t, deadline)
    const { value } = token()
    cloudflare.api.fault(/dns_records/, fault, 4)
    const problem = await problemOf(zoneRecords(client(value), zone.id).all(signal), value)
    assert.equal(problem.code, code)
    assert.ok(problem.hint)
    cloudflare.api.clearFaults()
    assert.deepEqual(await zoneRecords(client(value), zone.id).all(signal), [])
  })
}

test('a blip is overcome by itself, for reads and for idempotent writes', async (t) => {
  const { cloudflare, client, token, zone } = await worldFor(t)
  cloudflare.api.fault(/GET .*dns_records/, { is: 'cut' }, 2)
  assert.deepEqual(await zoneRecords(client(token().value), zone.id).all(signal), [])
})

test('a POST is sent once: a lost answer is said to be unconfirmed, and the record is there once', async (t) => {
  const { cloudflare, client, token, zone } = await worldFor(t)
  cloudflare.api.fault(/POST/, { is: 'lost-answer' })
  const { value } = token()
  const records = zoneRecords(client(value), zone.id)
  const problem = await problemOf(
    records.create(
      {
        type: 'A',
        name: 'ha.example.com',
        content: '203.0.113.7',
        proxied: true,
        ttl: 1,
        comment: '',
      },
      signal,
    ),
    value,
  )
  assert.equal(problem.code, 'cloudflare/unconfirmed')
  assert.equal(zone.records.length, 1)
  assert.equal(cloudflare.api.log.filter(({ method }) => method === 'POST').length, 1)
})

test('long waits are handed to whoever schedules, with their time', async (t) => {
  const { cloudflare, client, token, zone } = await worldFor(t)
  cloudflare.api.fault(/dns_records/, {
    is: 'refused-before',
    status: 429,
    headers: { 'retry-after': '300' },
  })
  const { value } = token()
  const { retryAt } = await problemOf(zoneRecords(client(value), zone.id).all(signal), value)
  assert.ok(retryAt && retryAt.getTime() > Date.now() + 290_000)
})

test('pages are read to their end, with and without result_info', async (t) => {
  const { cloudflare, client, token, zone } = await worldFor(t)
  zone.recordQuota = 1000
  zone.records = Array.from({ length: 250 }, (_, i) => ({
    id: `r${i}`,
    type: 'TXT',
    name: `n${i}.example.com`,
    content: '"x"',
    proxied: false,
    ttl: 1,
    comment: null,
    createdOn: '',
    modifiedOn: '',
  }))
  const records = zoneRecords(client(token().value), zone.id)
  assert.equal((await records.all(signal)).length, 250)
  cloudflare.api.fault(/dns_records/, { is: 'no-result-info' }, 9)
  assert.equal((await records.all(signal)).length, 250)
})

const tokens: readonly (readonly [
  string,
  (world: Awaited<ReturnType<typeof worldFor>>) => string,
  string,
])[] = [
  ['a wrong token', () => 'cfut_00000000000000000000000000000000000000000000', 'token/refused'],
  ['a malformed token', () => 'short', 'token/refused'],
  [
    'a token that has ended',
    ({ token }) => token(['zone:read', 'dns:edit'], { status: 'expired' }).value,
    'token/refused',
  ],
  [
    'a token without the permission',
    ({ token }) => token(['ssl_and_certificates:edit']).value,
    'token/missing-permission',
  ],
  [
    'an account token without the permission',
    ({ token }) => token(['ssl_and_certificates:edit'], { kind: 'account' }).value,
    'token/missing-permission',
  ],
]
for (const [what, make, code] of tokens) {
  test(`${what} is told as what it is`, async (t) => {
    const world = await worldFor(t)
    const value = make(world)
    const problem = await problemOf(
      findZone(world.client(value), 'ha.example.com', undefined, signal),
      value,
    )
    assert.equal(problem.code, code)
    assert.match(problem.hint ?? '', /token/)
  })
}

test('an account token is told from a wrong one, also where accounts cannot be listed', async (t) => {
  const { cloudflare, client, token, zone } = await worldFor(t)
  const { value } = token(['zone:read'], { kind: 'account' })
  const noList = JSON.stringify({ success: false, errors: [{ code: 1001, message: 'no' }] })
  cloudflare.api.fault(/GET \/accounts$/, { is: 'refused-before', status: 400, body: noList }, 9)
  const narrow = await problemOf(zoneRecords(client(value), zone.id).all(signal), value)
  assert.equal(narrow.code, 'token/missing-permission')
  assert.match(narrow.hint ?? '', /developers\.cloudflare\.com/)
})

test('where nobody says what the token is, nothing is claimed', async (t) => {
  const { cloudflare, client, token, zone } = await worldFor(t)
  const { value } = token([], { kind: 'account' })
  cloudflare.api.fault(/GET \/accounts$/, { is: 'html', status: 520 }, 9)
  const problem = await problemOf(zoneRecords(client(value), zone.id).all(signal), value)
  assert.equal(problem.code, 'token/refused')
  assert.match(problem.hint ?? '', /or is an account token without this permission/)
})

test('the zone: found by suffix, missing, or in several accounts', async (t) => {
  const { cloudflare, client, token, account } = await worldFor(t)
  const { value } = token()
  assert.equal(
    (await findZone(client(value), 'deep.ha.example.com', undefined, signal)).name,
    'example.com',
  )
  assert.equal(
    (await problemOf(findZone(client(value), 'ha.example.net', undefined, signal), value)).code,
    'zone/not-found',
  )
  cloudflare.zone('example.com', account)
  const twice = await problemOf(findZone(client(value), 'ha.example.com', undefined, signal), value)
  assert.equal(twice.code, 'zone/ambiguous')
  assert.match(twice.message, /home/)
})

test('an answer of another shape is loud, and says where', async (t) => {
  const { client, token } = await worldFor(t)
  const { value } = token()
  const problem = await problemOf(
    client(value).call(
      { method: 'GET', path: '/user/tokens/verify', schema: z.object({ id: z.number() }) },
      signal,
    ),
    value,
  )
  assert.equal(problem.code, 'cloudflare/unexpected-answer')
  assert.match(problem.message, /at id/)
})

test('the token check sees what is lacking, what is too much, and both kinds of tokens', async (t) => {
  const { client, token, zone, cloudflare, account } = await worldFor(t)
  const found = { ...zone, paused: false, nameServers: [], account }
  const check = (value: string) => checkToken(client(value), found, runPermissions, signal)
  const abilities = (report: Awaited<ReturnType<typeof check>>, wanted: string, can: string) =>
    report.abilities
      .filter((each) => each.wanted === wanted && each.can === can)
      .map(({ permission }) => permission)

  const narrow = await check(
    token(
      runPermissions.map(({ key, type }): Scope => `${key}:${type}`),
      { zones: [zone.id] },
    ).value,
  )
  assert.deepEqual([narrow.kind, narrow.status, narrow.otherZones], ['user', 'active', []])
  assert.deepEqual(abilities(narrow, 'needed', 'no'), [])
  assert.deepEqual(abilities(narrow, 'too much', 'yes'), [])

  cloudflare.zone('shop.example', account)
  const broad = await check(
    token(['zone:read', 'dns:edit', 'account_settings:read', 'api_tokens:read'], {
      kind: 'account',
    }).value,
  )
  assert.equal(broad.kind, 'account')
  assert.deepEqual(broad.otherZones, ['shop.example'])
  assert.ok(abilities(broad, 'needed', 'no').includes('ssl_and_certificates'))
  assert.deepEqual(abilities(broad, 'too much', 'yes'), ['api_tokens', 'account_settings'])
})

test('a token that may only look is told from one that may write, and nothing is changed to see it', async (t) => {
  const { client, token, zone, account, cloudflare } = await worldFor(t)
  const found = { ...zone, paused: false, nameServers: [], account }
  const lacking = async (scopes: readonly Scope[]) => {
    const report = await checkToken(client(token(scopes).value), found, setupPermissions, signal)
    return report.abilities
      .filter(({ wanted, can }) => wanted === 'needed' && can === 'no')
      .map(({ permission }) => permission)
  }
  const edit = setupPermissions.map(({ key, type }): Scope => `${key}:${type}`)
  assert.deepEqual(await lacking(edit), [])
  assert.deepEqual(
    await lacking(
      edit.map((scope): Scope =>
        scope === 'dns:edit' ? 'dns:read' : scope === 'zone_waf:edit' ? 'zone_waf:read' : scope,
      ),
    ),
    ['dns', 'zone_waf'],
  )
  assert.deepEqual(zone.records, [])
  assert.equal(zone.rulesets.size, 0)
  assert.ok(cloudflare.api.log.every(({ method }) => method !== 'DELETE' && method !== 'PUT'))
})
