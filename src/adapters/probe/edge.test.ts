import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttp, type RequestListener, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { setDefaultCACertificates } from 'node:tls'

import { makeAuthority } from '../../../lab/simulators/pki.ts'
import { askEdge, firstFrame, type EdgeAnswer, type EdgeFailure } from './edge.ts'

const authority = await makeAuthority('Lab Public CA')
const stranger = await makeAuthority('Nobody CA')
setDefaultCACertificates([authority.certificatePem])
const pair = await authority.issue({ names: ['ha.example.com'] })
const never = new AbortController().signal

async function listening(t: TestContext, server: Server): Promise<number> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => void open.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

const secureServer = (answer: RequestListener, { certificatePem, keyPem } = pair) =>
  createHttps({ cert: certificatePem, key: keyPem }, answer)

const request = (port: number, more: { secure?: boolean } = {}) => ({
  address: '127.0.0.1',
  port,
  name: 'ha.example.com',
  path: '/manifest.json',
  secure: true,
  headers: { accept: 'application/json' },
  ...more,
})

function answered(said: EdgeAnswer | EdgeFailure): EdgeAnswer {
  assert.ok(!('failed' in said), 'failed' in said ? said.failed : '')
  return said
}

function failed(said: object): EdgeFailure {
  assert.ok('failed' in said && 'certificateProblem' in said)
  // The two properties tell it from an answer.
  return said as EdgeFailure
}

suite('a request to the edge', () => {
  test('goes to the given address with the name, and sees the certificate', async (t) => {
    const hosts: (string | undefined)[] = []
    const server = secureServer(({ headers, socket }, response) => {
      hosts.push(headers.host, 'servername' in socket ? String(socket.servername) : undefined)
      response.end('{"name":"Home Assistant"}')
    })
    const port = await listening(t, server)
    const said = answered(await askEdge(request(port), never))
    assert.deepEqual(hosts, [`ha.example.com:${port}`, 'ha.example.com'])
    assert.equal(said.status, 200)
    assert.equal(said.certificate?.names, 'DNS:ha.example.com')
    assert.equal(said.protocol, 'TLSv1.3')
    assert.equal(said.edgeError, undefined)
  })

  test('a certificate of nobody, for another name, or past its end is a problem of the certificate', async (t) => {
    const bad = [
      await stranger.issue({ names: ['ha.example.com'] }),
      await authority.issue({ names: ['other.example.com'] }),
      await authority.issue({
        names: ['ha.example.com'],
        notBefore: new Date('2026-01-01'),
        notAfter: new Date('2026-02-01'),
      }),
    ]
    for (const each of bad) {
      const port = await listening(
        t,
        secureServer((_request, response) => response.end(), each),
      )
      assert.ok(failed(await askEdge(request(port), never)).certificateProblem)
    }
  })

  test('an error that the edge made is told from one that came through it', async (t) => {
    const body = JSON.stringify({ error_code: 1020, error_category: 'cloudflare' })
    const cases = [
      { server: 'cloudflare', body, is: 1020 },
      { server: 'nginx', body, is: undefined },
      { server: 'cloudflare', body: '403: Forbidden', is: undefined },
      { server: 'cloudflare', body: '{"error_code":"1020"}', is: undefined },
      { server: 'cloudflare', body: '', is: undefined },
    ]
    for (const { server, body: text, is } of cases) {
      const port = await listening(
        t,
        secureServer((_request, response) => {
          response.writeHead(403, { server })
          response.end(text)
        }),
      )
      assert.equal(answered(await askEdge(request(port), never)).edgeError, is)
    }
  })

  test('nothing there, cut off in the middle, without an end: failures, not of the certificate', async (t) => {
    const cut = secureServer((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('{', () => response.destroy())
    })
    const endless = secureServer((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(50_000)));
      }
      response.on('drain', more)
      more()
    })
    const gone = createHttp()
    const port = await listening(t, gone)
    gone.close()
    await once(gone, 'close')
    const ports = [await listening(t, cut), await listening(t, endless), port]
    for (const each of ports) {
      const failure = failed(await askEdge(request(each), never))
      assert.ok(!failure.certificateProblem)
      assert.ok(failure.failed.length > 0)
    }
  })

  test('called off, it ends', async (t) => {
    const port = await listening(
      t,
      secureServer(() => undefined),
    )
    const stop = new AbortController()
    const asked = askEdge(request(port), stop.signal)
    stop.abort()
    failed(await asked)
  })
})

const upgraded =
  'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n'
const hello = '{"type":"auth_required","ha_version":"2026.9.4"}'
const frame = (text: string): Buffer =>
  Buffer.concat([
    text.length < 126
      ? Buffer.from([0x81, text.length])
      : Buffer.from([0x81, 126, text.length >> 8, text.length & 255]),
    Buffer.from(text),
  ])

suite('a WebSocket through the edge', () => {
  const open = async (t: TestContext, talk: (socket: Socket) => void) => {
    const server = createHttp((_request, response) => response.end())
    server.on('upgrade', (_request, socket: Socket) => talk(socket))
    return firstFrame(request(await listening(t, server), { secure: false }), never)
  }

  test('the first frame, short, long, and in pieces', async (t) => {
    for (const text of [hello, `${hello}${' '.repeat(300)}`]) {
      const whole = await open(t, (socket) =>
        socket.end(Buffer.concat([Buffer.from(upgraded), frame(text)])),
      )
      assert.ok('frame' in whole && whole.frame === text)
      const pieces = await open(t, (socket) => {
        const bytes = frame(text)
        socket.write(upgraded)
        socket.write(bytes.subarray(0, 1))
        setTimeout(() => socket.end(bytes.subarray(1)), 20)
      })
      assert.ok('frame' in pieces && pieces.frame === text)
    }
  })

  test('refused, with the status', async (t) => {
    const said = failed(
      await open(t, (socket) => socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')),
    )
    assert.equal(said.status, 403)
  })

  test('opened and closed without a word, or with what is no frame: a failure', async (t) => {
    failed(await open(t, (socket) => socket.end(upgraded)))
    failed(await open(t, (socket) => socket.end(`${upgraded}hello`)))
    failed(await open(t, (socket) => socket.destroy()))
  })
})
