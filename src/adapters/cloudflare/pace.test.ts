import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test, type TestContext } from 'node:test'

import { z } from 'zod'

import { httpServer } from '../../../lab/world/http-server.ts'
import { Problem } from '../../core/problem.ts'
import { Secret } from '../../core/secret.ts'
import { cloudflareClient, type Call } from './client.ts'
import { restAfter } from './pace.ts'

const signal = new AbortController().signal
const now = new Date('2026-11-24T12:00:00Z')
const answer = (status: number, headers: Record<string, string>) => ({
  status,
  text: '',
  headers: new Map(Object.entries(headers)),
})

const cases: readonly (readonly [string, number, Record<string, string>, number | undefined])[] = [
  ['nothing said', 200, {}, undefined],
  ['much remains', 200, { ratelimit: '"default";r=1100;t=240' }, undefined],
  ['ten remain, which is not none', 200, { ratelimit: '"default";r=10;t=240' }, undefined],
  ['nothing remains', 200, { ratelimit: '"default";r=0;t=30' }, 30],
  ['one of two policies', 200, { ratelimit: '"default";r=900;t=200, "burst";r=0;t=3' }, 3],
  ['Retry-After is for refusals', 200, { 'retry-after': '99' }, undefined],
  ['refused, with seconds', 429, { 'retry-after': '7' }, 7],
  ['refused, with a date', 429, { 'retry-after': 'Tue, 24 Nov 2026 12:00:42 GMT' }, 42],
  ['refused, with a date gone by', 429, { 'retry-after': 'Tue, 24 Nov 2026 11:00:00 GMT' }, 0],
  ['refused, with nonsense', 429, { 'retry-after': 'soon' }, 60],
  ['refused, with the other header alone', 429, { ratelimit: '"default";r=0;t=12' }, 12],
  ['refused for days', 429, { 'retry-after': '999999' }, 3600],
  ['refused without a word', 429, {}, 60],
]
for (const [what, status, headers, expected] of cases) {
  test(`how long to rest: ${what}`, () => {
    const rest = restAfter(answer(status, headers), now)
    assert.equal(rest, expected === undefined ? undefined : expected * 1000)
  })
}

async function clientOf(t: TestContext, respond: (nth: number, response: ServerResponse) => void) {
  let calls = 0
  const { url: baseUrl } = await httpServer(t, (_request, response) => {
    response.setHeader('content-type', 'application/json')
    respond(++calls, response)
  })
  const client = cloudflareClient({
    baseUrl,
    token: new Secret('token', 'cfut_canary'),
    now: () => new Date(),
    random: () => 0,
  })
  return { client, calls: () => calls }
}

const fine = JSON.stringify({ success: true, errors: [], messages: [], result: {} })
const call = (method: Call<unknown>['method']): Call<object> => ({
  method,
  path: '/x',
  schema: z.object({}),
})

test('what the API has nothing left for is not sent, and the time is handed on', async (t) => {
  const { client, calls } = await clientOf(t, (_nth, response) => {
    response.setHeader('ratelimit', '"default";r=0;t=240')
    response.end(fine)
  })
  await client.call(call('GET'), signal)
  await assert.rejects(
    client.call(call('GET'), signal),
    (error) =>
      error instanceof Problem &&
      error.code === 'cloudflare/rate-limited' &&
      error.retryAt !== undefined &&
      error.retryAt.getTime() > Date.now() + 230_000,
  )
  assert.equal(calls(), 1)
})

test('a short rest is kept, also for a POST: refused before it was done, it is sent again', async (t) => {
  const { client, calls } = await clientOf(t, (nth, response) => {
    if (nth === 1) response.writeHead(429, { 'retry-after': '1' }).end()
    else response.end(fine)
  })
  await client.call(call('POST'), signal)
  assert.equal(calls(), 2)
})

test('a refusal without an end is not asked more often than it takes to see that', async (t) => {
  const { client, calls } = await clientOf(t, (_nth, response) => {
    response.writeHead(429, { 'retry-after': '300' }).end()
  })
  for (let i = 0; i < 5; i++) await assert.rejects(client.call(call('GET'), signal), Problem)
  assert.equal(calls(), 1)
})
