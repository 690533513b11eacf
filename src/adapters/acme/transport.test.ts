import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test, type TestContext } from 'node:test'

import { httpServer } from '../../../lab/world/http-server.ts'
import { milliseconds, seconds } from '../../core/duration.ts'
import type { Code, Problem } from '../../core/problem.ts'
import { accountKey, newKey } from './jws.ts'
import { transport } from './transport.ts'

const signal = new AbortController().signal
const account = accountKey(newKey())

type Serve = (request: IncomingMessage, response: ServerResponse, nth: number) => void

/** A server that gives nonces at HEAD, and does what the test wants at anything else. */
async function serverFor(t: TestContext, serve: Serve, deadline = seconds(20)) {
  let nth = 0
  const nonces: string[] = []
  const { url: origin } = await httpServer(t, (request, response) => {
    const nonce = `nonce-${nonces.length}`
    nonces.push(nonce)
    response.setHeader('replay-nonce', nonce)
    if (request.method === 'HEAD') response.end()
    else serve(request, response, ++nth)
  })
  const url = `${origin}/order`
  const wire = transport({ now: () => new Date(), deadline })
  wire.useNonces(url)
  const post = (repeatable = true) =>
    wire.post(
      { url, payload: {}, account, identity: { kid: `${url}/account` }, repeatable },
      signal,
    )
  return { url, wire, post, seen: () => nth, nonces }
}

const fails = (code: Code) => (error: Problem) => {
  assert.equal(error.code, code)
  assert.ok(error.hint)
  return true
}

const badAnswers: readonly (readonly [string, Serve, Code])[] = [
  [
    'HTML where JSON should be',
    (_, response) => response.end('<html>welcome to the hotel</html>'),
    'certificate/authority-unreadable',
  ],
  ['nothing at all', (_, response) => response.end(), 'certificate/authority-unreadable'],
  [
    'an answer without an end',
    (_, response) => {
      const more = () => response.write('x'.repeat(65_536), () => setImmediate(more))
      more()
    },
    'certificate/authority-unreadable',
  ],
  [
    'a connection that is cut',
    (_, response) => response.destroy(),
    'certificate/authority-unreachable',
  ],
  [
    'a body that is cut',
    (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{', () => response.destroy())
    },
    'certificate/authority-unreachable',
  ],
  ['silence', () => undefined, 'certificate/authority-unreachable'],
  [
    'a body that trickles',
    (_, response) => {
      const timer = setInterval(() => response.write(' '), 50)
      response.on('close', () => clearInterval(timer))
    },
    'certificate/authority-unreachable',
  ],
  [
    'an outage in HTML',
    (_, response) => response.writeHead(502).end('<html>Bad Gateway</html>'),
    'certificate/authority-down',
  ],
  [
    'a redirection to somewhere else',
    (_, response) => response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(),
    'certificate/authority-unreachable',
  ],
]
for (const [what, serve, code] of badAnswers) {
  test(`${what} is ${code}`, async (t) => {
    const slow = /silence|trickles/.test(what)
    const { post } = await serverFor(t, serve, slow ? milliseconds(400) : undefined)
    await assert.rejects(
      post(false).then((answer) => answer.json()),
      fails(code),
    )
  })
}

const refuse = (response: ServerResponse, status: number, type: string, retryAfter?: string) =>
  response
    .writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter })
    .end(JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail: type }))

test('a short outage, and a connection cut once, are got over', async (t) => {
  const { post, seen } = await serverFor(t, (_, response, nth) => {
    if (nth === 1) response.destroy()
    else if (nth === 2) refuse(response, 503, 'serverInternal')
    else response.end('{}')
  })
  assert.deepEqual((await post()).json(), {})
  assert.equal(seen(), 3)
})

test('what must not happen twice is sent once', async (t) => {
  const { post, seen } = await serverFor(t, (_, response) => response.destroy())
  await assert.rejects(post(false), fails('certificate/authority-unreachable'))
  assert.equal(seen(), 1)
})

test('a longer pause is not slept here', async (t) => {
  const { post, seen } = await serverFor(t, (_, response) =>
    refuse(response, 503, 'serverInternal', '3600'),
  )
  await assert.rejects(post(), (error: Problem) => {
    assert.ok(error.retryAt && error.retryAt.getTime() > Date.now() + 3_500_000)
    return true
  })
  assert.equal(seen(), 1)
})

test('a refused nonce is tried again with the one of the refusal, and not for ever', async (t) => {
  const { post, seen, nonces } = await serverFor(t, (_, response, nth) =>
    nth < 4 ? refuse(response, 400, 'badNonce') : response.end('{}'),
  )
  await post(false)
  assert.equal(seen(), 4)
  assert.equal(nonces.length, 5, 'one HEAD, and no other')

  const never = await serverFor(t, (_, response) => refuse(response, 400, 'badNonce'))
  await assert.rejects(never.post(false), fails('certificate/bad-nonce'))
  assert.equal(never.seen(), 10)
})

test('one nonce is fetched at first, and none after it', async (t) => {
  const { post, nonces } = await serverFor(t, (_, response) => response.end('{}'))
  for (let i = 0; i < 5; i++) await post()
  assert.equal(nonces.length, 6)
})

test('stopping ends it at once', async (t) => {
  const { wire, url } = await serverFor(t, () => undefined)
  await assert.rejects(wire.get(url, AbortSignal.timeout(20)), { name: 'TimeoutError' })
})
