import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { httpServer } from '../../../lab/world/http-server.ts'
import { milliseconds, seconds } from '../../core/duration.ts'
import { openConnections } from './connections.ts'
import { exchange, Late, TooLong, type Bounds, type Sent } from './exchange.ts'

const never = new AbortController().signal

async function serving(t: TestContext, listener: RequestListener) {
  const { server, url: origin } = await httpServer(t, listener)
  let connections = 0
  let bytes = 0
  server.on('connection', (socket: Socket) => {
    connections++
    socket.on('data', (chunk) => (bytes += chunk.length))
  })
  const url = new URL('/path', origin)
  return {
    connections: () => connections,
    bytes: () => bytes,
    ask: (sent: Sent = {}, more: Partial<Bounds> = {}, signal = never) =>
      exchange(url, sent, { deadline: seconds(5), maxBytes: 1000, ...more }, signal),
  }
}

suite('an exchange over HTTP', () => {
  test('brings back status, headers and text, with what is said twice joined', async (t) => {
    const { ask } = await serving(t, (request, response) => {
      response.setHeader('link', ['<a>', '<b>'])
      let body = ''
      request.on('data', (chunk) => (body += String(chunk)))
      request.on('end', () => response.writeHead(418).end(`${request.method} ${body}`))
    })
    const { status, headers, text } = await ask({ method: 'PUT', body: 'tëa' })
    assert.deepEqual([status, headers.get('link'), text], [418, '<a>, <b>', 'PUT tëa'])
  })

  test('does not follow', async (t) => {
    const { ask, connections } = await serving(t, (_, response) =>
      response.writeHead(302, { location: '/elsewhere' }).end(),
    )
    assert.equal((await ask()).status, 302)
    assert.equal(connections(), 1)
  })

  test('ends with too much, whether it is declared or only comes', async (t) => {
    const { ask } = await serving(t, (request, response) => {
      if (request.method === 'PUT')
        return response.writeHead(200, { 'content-length': 1001 }).flushHeaders()
      const timer = setInterval(() => response.write('x'.repeat(400)), 1)
      response.on('close', () => clearInterval(timer))
    })
    await assert.rejects(ask(), TooLong)
    await assert.rejects(ask({ method: 'PUT' }), TooLong)
  })

  test('is late when the body is, however it trickles', async (t) => {
    const { ask } = await serving(t, (_, response) => {
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    })
    await assert.rejects(ask({}, { deadline: milliseconds(200) }), Late)
  })

  test('a body that breaks off is no answer', async (t) => {
    const { ask } = await serving(t, (_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half')
      setTimeout(() => response.destroy(), 20)
    })
    await assert.rejects(ask())
  })

  test('whoever calls it off gets their own reason', async (t) => {
    const { ask } = await serving(t, () => undefined)
    const stop = new AbortController()
    const reason = new Error('no longer wanted')
    setTimeout(() => stop.abort(reason), 20)
    await assert.rejects(ask({}, {}, stop.signal), reason)
  })

  test('nothing is sent to whom there is no trust', async (t) => {
    const { ask, bytes } = await serving(t, (_, response) => response.end())
    const refused = new Error('not ours')
    await assert.rejects(
      ask({ method: 'POST', body: 'secret' }, { trust: () => Promise.reject(refused) }),
      refused,
    )
    await sleep(50)
    assert.equal(bytes(), 0)
    await ask({ method: 'POST', body: 'secret' }, { trust: () => Promise.resolve() })
    assert.ok(bytes() > 6)
  })

  test('connections are kept where that is asked for, and forgotten with what is under way', async (t) => {
    const { ask, connections } = await serving(t, (request, response) => {
      if (request.method === 'GET') response.end('ok')
    })
    const kept = openConnections(seconds(5))
    const agent = kept.for(new URL('http://127.0.0.1'))
    await ask({}, { agent })
    await ask({}, { agent })
    assert.equal(connections(), 1)
    const pending = ask({ method: 'PUT' }, { agent })
    await sleep(20)
    kept.forget()
    await assert.rejects(pending)
    await ask()
    await ask()
    assert.equal(connections(), 3)
  })
})
