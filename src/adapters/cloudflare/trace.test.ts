import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { test, type TestContext } from 'node:test'

import { startCloudflare } from '../../../lab/simulators/cloudflare/cloudflare.ts'
import { httpServer } from '../../../lab/world/http-server.ts'
import { seconds } from '../../core/duration.ts'
import { traceAddress } from './trace.ts'

const signal = new AbortController().signal

async function ask(t: TestContext, listener: RequestListener, host = '127.0.0.1') {
  const { port } = await httpServer(t, listener)
  const baseUrl = `http://${host}:${port}/client/v4`
  return traceAddress('ipv4', { baseUrl, deadline: seconds(2) }, signal)
}

const saying =
  (more: Record<string, string>): RequestListener =>
  (_request, response) => {
    const fields = { h: '127.0.0.1', ip: '203.0.113.7', warp: 'off', ...more }
    response.end(
      Object.entries(fields)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    )
  }

test('the address that Cloudflare sees', async (t) => {
  const fact = await ask(t, saying({}))
  assert.ok(fact.is === 'known')
  assert.deepEqual(fact.value, { family: 'ipv4', text: '203.0.113.7' })
})

test('a caller at home of the simulator is seen with the address of the home', async (t) => {
  const cloudflare = await startCloudflare()
  t.after(() => cloudflare.close())
  cloudflare.state.callerAddress.ipv4 = '203.0.113.9'
  const options = { baseUrl: cloudflare.baseUrl }
  const fact = await traceAddress('ipv4', options, signal)
  assert.ok(fact.is === 'known')
  assert.equal(fact.value.text, '203.0.113.9')
})

const lies: readonly (readonly [string, RequestListener, RegExp])[] = [
  ['another host', saying({ h: 'portal.example' }), /is not one/],
  ['the other family', saying({ ip: '2001:db8::1' }), /is not one/],
  ['no address', saying({ ip: 'unknown' }), /is not one/],
  ['WARP', saying({ warp: 'on' }), /WARP/],
  [
    'the page of a hotel',
    (_request, response) => void response.end('<html>Log in</html>'),
    /is not one/,
  ],
  [
    'a redirect',
    (_request, response) => void response.writeHead(302, { location: '/' }).end(),
    /status 302/,
  ],
  ['an empty answer', (_request, response) => void response.end(), /is not one/],
  [
    'a cut answer',
    (_request, response) => {
      response.writeHead(200, { 'content-length': '500' })
      response.write('ip=203.0.113.7\n', () => response.destroy())
    },
    /could not be asked/,
  ],
  [
    'an answer without an end',
    (_request, response) => void response.end('x'.repeat(200_000)),
    /could not be asked/,
  ],
  [
    'an answer that drips',
    (_request, response) => {
      const timer = setInterval(() => response.write('a'), 50)
      response.on('close', () => clearInterval(timer))
    },
    /could not be asked/,
  ],
]
for (const [what, listener, because] of lies) {
  test(`${what} leaves the address unknown, with the reason`, async (t) => {
    const fact = await ask(t, listener)
    assert.ok(fact.is === 'unknown')
    assert.match(fact.because, because)
  })
}

test('a name that cannot be found is unknown, never absent: a record would be deleted for it', async () => {
  for (const family of ['ipv4', 'ipv6'] as const) {
    const options = { baseUrl: 'http://nowhere.invalid/client/v4' }
    assert.equal((await traceAddress(family, options, signal)).is, 'unknown')
  }
})

test('where nobody listens, or the API has no address of the family, it is unknown too', async () => {
  const options = { baseUrl: 'http://127.0.0.1:9/client/v4' }
  assert.equal((await traceAddress('ipv4', options, signal)).is, 'unknown')
  assert.equal((await traceAddress('ipv6', options, signal)).is, 'unknown')
})

test('who stops waiting is let go', async (t) => {
  const stopping = new AbortController()
  setTimeout(() => stopping.abort(), 30)
  const { url: baseUrl } = await httpServer(t, () => undefined)
  const options = { baseUrl }
  await assert.rejects(traceAddress('ipv4', options, stopping.signal), { name: 'AbortError' })
})
