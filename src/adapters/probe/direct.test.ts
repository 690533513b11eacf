import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { createServer as createTls, type TlsOptions } from 'node:tls'

import { makeAuthority } from '../../../lab/simulators/pki.ts'
import { probePort } from './direct.ts'

// A deliberately broken server for every way in which a port can answer (as Node 24 reports them).

const authority = await makeAuthority('Lab CA')
const pair = await authority.issue({ names: ['ha.example.com'] })
const identity = { cert: pair.certificatePem, key: pair.keyPem }
const html = '<title>Home Assistant</title>'

async function portOf(t: TestContext, server: Server): Promise<number> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy())
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

const probe = (
  port: number,
  more: { name?: string | undefined; signal?: AbortSignal; deadlineMs?: number } = {},
) =>
  probePort(
    {
      address: '127.0.0.1',
      port,
      name: 'name' in more ? more.name : 'ha.example.com',
      from: undefined,
      deadlineMs: more.deadlineMs ?? 300,
    },
    more.signal ?? new AbortController().signal,
  )

const tls = (options: TlsOptions = {}) =>
  createTls({ ...identity, ...options }, (socket) => {
    socket.on('error', () => undefined)
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${html.length}\r\n\r\n${html}`)
  })

suite('what a port says to a stranger', () => {
  test('nothing listens: refused', async (t) => {
    const server = createServer()
    const port = await portOf(t, server)
    server.close()
    await once(server, 'close')
    assert.equal((await probe(port)).is, 'refused')
  })

  test('packets are dropped: filtered', async (t) => {
    const port = await portThatDrops(t)
    assert.equal((await probe(port)).is, 'filtered')
  })

  test('an address that is not ours to probe from: unreachable, never closed', async () => {
    const target = { address: '127.0.0.1', port: 9, name: undefined, from: '192.0.2.1' }
    const outcome = await probePort(target, new AbortController().signal)
    assert.deepEqual(
      [outcome.is, 'because' in outcome && outcome.because],
      ['unreachable', 'EADDRNOTAVAIL'],
    )
  })

  test('Home Assistant over TLS: served, with the certificate', async (t) => {
    const outcome = await probe(await portOf(t, tls()))
    assert.ok(outcome.is === 'http' && outcome.tls && outcome.homeAssistant)
    assert.equal(outcome.certificate?.names, 'DNS:ha.example.com')
    assert.match(outcome.certificate?.issuer ?? '', /Lab CA/)
  })

  test('Home Assistant in clear text: served, and no certificate', async (t) => {
    const server = createHttp((_request, response) => response.end(html))
    const outcome = await probe(await portOf(t, server))
    assert.ok(
      outcome.is === 'http' && !outcome.tls && outcome.homeAssistant && !outcome.certificate,
    )
  })

  test('an untrusting Home Assistant (400) is Home Assistant all the same', async (t) => {
    const server = createHttp((_request, response) => {
      response.statusCode = 400
      response.end('400: Bad Request')
    })
    const outcome = await probe(await portOf(t, server))
    assert.ok(outcome.is === 'http' && outcome.homeAssistant && outcome.status === 400)
  })

  test('a web server that is something else is a web server', async (t) => {
    const server = createHttp((_request, response) => response.end('a printer'))
    const outcome = await probe(await portOf(t, server))
    assert.ok(outcome.is === 'http' && !outcome.homeAssistant)
  })

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`a client certificate is demanded, ${maxVersion}: nothing served, the certificate shown`, async (t) => {
      const demands = {
        requestCert: true,
        rejectUnauthorized: true,
        ca: [authority.certificatePem],
      }
      const outcome = await probe(await portOf(t, tls({ ...demands, maxVersion })))
      assert.ok(outcome.is === 'open')
      assert.match(outcome.because, /^TLS alert /)
      assert.equal(outcome.certificate?.names, 'DNS:ha.example.com')
    })
  }

  test('a name that is not served: an alert, and no certificate', async (t) => {
    const refuses = { SNICallback: refuseEveryName }
    for (const name of ['other.example.com', undefined]) {
      const outcome = await probe(await portOf(t, createTls(refuses)), { name })
      assert.ok(outcome.is === 'open' && outcome.certificate === undefined, JSON.stringify(outcome))
    }
  })

  test('another protocol: it speaks, and not HTTP', async (t) => {
    const server = createServer((socket) => socket.end('SSH-2.0-dropbear\r\n'))
    const outcome = await probe(await portOf(t, server))
    assert.ok(outcome.is === 'open')
    assert.equal(outcome.because, 'it speaks, and not HTTP')
  })

  test('accepted and closed, accepted and reset, accepted and silent: nothing served', async (t) => {
    const ways: ((socket: Socket) => void)[] = [
      (socket) => socket.end(),
      (socket) => socket.resetAndDestroy(),
      () => undefined,
    ]
    for (const way of ways) {
      const outcome = await probe(await portOf(t, createServer(way)))
      assert.ok(outcome.is === 'open' || outcome.is === 'refused', JSON.stringify(outcome))
      assert.ok(!('certificate' in outcome))
    }
  })

  test('an answer without an end is read to its beginning only', { timeout: 20_000 }, async (t) => {
    const server = createServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const more = () => {
        while (!socket.destroyed && socket.write('x'.repeat(10_000)));
      }
      socket.on('drain', more)
      more()
    })
    // Read to its end, it would not be through before the deadline.
    assert.equal((await probe(await portOf(t, server), { deadlineMs: 60_000 })).is, 'http')
  })

  test('called off: no outcome at all, since nobody looked to the end', async (t) => {
    const port = await portOf(
      t,
      createServer(() => undefined),
    )
    const stop = new AbortController()
    const asked = probe(port, { signal: stop.signal })
    stop.abort(new Error('enough'))
    await assert.rejects(asked, /enough/)
    await assert.rejects(probe(port, { signal: stop.signal }), /enough/)
  })
})

const refuseEveryName: TlsOptions['SNICallback'] = (_name, done) => done(new Error('unknown name'))

/** A full backlog that nobody empties: the kernel drops what comes next, as a firewall does. */
async function portThatDrops(t: TestContext): Promise<number> {
  const program = `const s = require('node:net').createServer()
    s.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(line.toString())
  child.kill('SIGSTOP')
  const filling = Array.from({ length: 4 }, () =>
    connect(port, '127.0.0.1').on('error', () => undefined),
  )
  t.after(() => {
    for (const socket of filling) socket.destroy()
    child.kill('SIGKILL')
  })
  await once(filling[0] ?? child, 'connect')
  await once(filling[1] ?? child, 'connect')
  return port
}
