import assert from 'node:assert/strict'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { test } from 'node:test'

import {
  client,
  edge,
  from,
  get,
  home,
  lan,
  overTls,
  stranger,
  worldFor,
  type World,
} from '../../lab/gateway/world.ts'
import { makeAuthority, type Authority } from '../../lab/simulators/pki.ts'

test('the edge with our certificate is served, and its certificate is noticed', async (t) => {
  const world = await worldFor(t)
  const { text } = await overTls(world, edge, get('/lovelace?x=1'), client(world.leaf))
  assert.match(text, /^HTTP\/1\.1 200 /)
  assert.match(text, /hello \/lovelace\?x=1$/)
  assert.equal(world.events.filter(({ is }) => is === 'pulls-seen').length, 1)
})

test('a stranger gets not one byte, by TLS or in clear text', async (t) => {
  const world = await worldFor(t)
  const { text, certificate, error } = await overTls(world, stranger, get(), client(world.leaf))
  assert.deepEqual({ text, certificate }, { text: '', certificate: undefined })
  assert.equal(error, 'ECONNRESET')
  const plain = await new Promise<string>((resolve) => {
    const socket = connectTcp({ host: home, port: world.port, localAddress: stranger })
    let got = ''
    socket.on('data', (chunk: Buffer) => (got += chunk.toString()))
    socket.on('connect', () => socket.write(get()))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(got))
  })
  assert.equal(plain, '')
  assert.equal(world.ha.requests.length, 0)
  assert.equal(world.gateway.counters().refused.stranger, 2)
})

test('unknown names, no name and clear text see no certificate', async (t) => {
  const world = await worldFor(t)
  for (const servername of ['other.example.com', '']) {
    const seen = await overTls(world, edge, get(), {
      ...client(world.leaf),
      servername,
      checkServerIdentity: () => undefined,
      rejectUnauthorized: false,
    })
    assert.equal(seen.certificate, undefined, servername)
    assert.equal(seen.text, '')
  }
  const old = await overTls(world, edge, get(), {
    ...client(world.leaf),
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
  })
  assert.equal(old.certificate, undefined)
  assert.equal(world.ha.requests.length, 0)
})

const wrongClients: readonly (readonly [string, (world: World) => Promise<ConnectionOptions>])[] = [
  ['no client certificate', () => Promise.resolve({})],
  [
    'a certificate that all customers share',
    async ({ otherCa }) => client(await otherCa.issue({ names: ['shared'], clientAuth: true })),
  ],
  [
    'an ended certificate of ours',
    async ({ pullsCa }) =>
      client(
        await pullsCa.issue({
          names: ['edge'],
          clientAuth: true,
          notBefore: new Date(Date.now() - 9e8),
          notAfter: new Date(Date.now() - 1e7),
        }),
      ),
  ],
  [
    'a certificate of ours for servers',
    async ({ pullsCa }) => client(await pullsCa.issue({ names: ['edge'] })),
  ],
]
for (const [what, make] of wrongClients) {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`${what} over ${version}: no byte of HTTP`, async (t) => {
      const world = await worldFor(t)
      const { text } = await overTls(world, edge, get(), {
        ...(await make(world)),
        minVersion: version,
        maxVersion: version,
      })
      assert.equal(text, '')
      assert.equal(world.ha.requests.length, 0)
      assert.ok(world.events.every(({ is }) => is !== 'pulls-seen'))
      assert.equal(world.gateway.counters().refused['no-client-certificate'], 1)
    })
  }
}

test('the mode is switched while it runs: off, optional, required', async (t) => {
  const world = await worldFor(t, { pulls: { mode: 'off', authorities: [] } })
  const bare = () => overTls(world, edge, get())
  assert.match((await bare()).text, /200/)
  const authorities = [world.pullsCa.certificatePem]
  world.gateway.update({ pulls: { mode: 'optional', authorities } })
  assert.match((await bare()).text, /200/)
  assert.equal(world.gateway.counters().wouldRefuse, 1)
  world.gateway.update({ pulls: { mode: 'required', authorities } })
  assert.equal((await bare()).text, '')
  assert.match((await overTls(world, edge, get(), client(world.leaf))).text, /200/)
})

test('local clients are served without a client certificate', async (t) => {
  const world = await worldFor(t)
  assert.match((await overTls(world, lan, get())).text, /200/)
  assert.equal(world.ha.requests[0]?.headers['x-forwarded-for'], lan)
})

test('Home Assistant gets exactly one trustworthy address, whatever the visitor claims', async (t) => {
  const world = await worldFor(t)
  const lies = [
    'X-Forwarded-For: 10.0.0.1, 10.0.0.2',
    'x-forwarded-for: 127.0.0.1',
    'Forwarded: for=10.0.0.1',
    'X-Real-IP: 10.0.0.1',
    'X-Forwarded-Host: evil.example',
    'X-Forwarded-Proto: http',
    'True-Client-IP: 10.0.0.1',
    'CF-Connecting-IP: 198.51.100.9',
    'Connection: close, X-Secret',
    'X-Secret: 1',
  ]
  await overTls(world, edge, get('/', lies), client(world.leaf))
  const headers = world.ha.requests[0]?.headers ?? {}
  assert.equal(headers['x-forwarded-for'], '198.51.100.9')
  assert.equal(headers['x-forwarded-proto'], 'https')
  assert.equal(headers.host, 'ha.example.com')
  for (const name of [
    'forwarded',
    'x-real-ip',
    'x-forwarded-host',
    'true-client-ip',
    'cf-connecting-ip',
    'x-secret',
  ])
    assert.equal(headers[name], undefined, name)

  for (const claims of [
    [],
    ['CF-Connecting-IP: nonsense'],
    ['CF-Connecting-IP: 1.1.1.1', 'CF-Connecting-IP: 2.2.2.2'],
    ['CF-Connecting-IP: 1.1.1.1, 2.2.2.2'],
  ]) {
    assert.match(
      (await overTls(world, edge, get('/', claims), client(world.leaf))).text,
      /^HTTP\/1\.1 400 /,
      claims.join(),
    )
  }
  assert.equal(world.ha.requests.length, 1)
})

test('messages with two meanings are refused and reach nobody', async (t) => {
  const world = await worldFor(t)
  const line = 'POST / HTTP/1.1\r\nHost: ha.example.com\r\nCF-Connecting-IP: 198.51.100.9\r\n'
  const ambiguous = {
    'both framings': `${line}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'two lengths': `${line}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`,
    'a folded line': `${line}X: a\r\n b\r\n\r\n`,
    'a bare line feed': `${line}X: a\nContent-Length: 0\r\n\r\n`,
    'white space before the colon': `${line}Content-Length : 4\r\n\r\nabcd`,
    'a NUL': `${line}X: a\0b\r\n\r\n`,
    'a strange coding': `${line}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    'two hosts': `${line}Host: other.example.com\r\n\r\n`,
    'another host':
      'GET / HTTP/1.1\r\nHost: other.example.com\r\nCF-Connecting-IP: 198.51.100.9\r\n\r\n',
    'no host': 'GET / HTTP/1.1\r\nCF-Connecting-IP: 198.51.100.9\r\n\r\n',
    'a huge head': `${line}X: ${'a'.repeat(40_000)}\r\n\r\n`,
  }
  for (const [what, message] of Object.entries(ambiguous)) {
    const { text } = await overTls(world, edge, message, client(world.leaf))
    assert.match(text, /^HTTP\/1\.1 4\d\d /, what)
  }
  assert.equal(world.ha.requests.length, 0)
})

test('bodies stream both ways, of known length and chunked', async (t) => {
  const world = await worldFor(t)
  const body = 'x'.repeat(300_000)
  const head =
    'POST /upload HTTP/1.1\r\nHost: ha.example.com\r\nCF-Connecting-IP: 198.51.100.9\r\nConnection: close\r\n'
  const sized = await overTls(
    world,
    edge,
    `${head}Content-Length: ${body.length}\r\n\r\n${body}`,
    client(world.leaf),
  )
  assert.ok(sized.text.replaceAll(/\r\n[0-9a-f]+\r\n/g, '').includes('x'.repeat(16_000)))
  const chunked = await overTls(
    world,
    edge,
    `${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    client(world.leaf),
  )
  assert.match(chunked.text, /^HTTP\/1\.1 200 /)
  assert.equal(world.ha.requests[1]?.headers['transfer-encoding'], 'chunked')
})

test('a WebSocket is passed through both ways', async (t) => {
  const world = await worldFor(t)
  const socket = connectTls({
    host: home,
    port: world.port,
    ...from(edge),
    servername: 'ha.example.com',
    ca: world.publicCa.certificatePem,
    ...client(world.leaf),
  })
  socket.setEncoding('latin1')
  let text = ''
  socket.on('data', (chunk: string) => {
    text += chunk
    if (text.endsWith('\r\n\r\n')) socket.write('echo this')
    if (text.endsWith('echo this')) socket.end()
  })
  socket.write(
    'GET /api/websocket HTTP/1.1\r\nHost: ha.example.com\r\nCF-Connecting-IP: 2001:db8::9\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await new Promise((resolve) => socket.on('close', resolve))
  assert.match(text, /^HTTP\/1\.1 101 /)
  assert.match(text, /echo this$/)
  assert.equal(world.ha.requests[0]?.headers['x-forwarded-for'], '2001:db8::9')
})

test('the certificate is swapped without losing a connection', async (t) => {
  const world = await worldFor(t)
  const fresh = await world.publicCa.issue({ names: ['ha.example.com', 'new.example.com'] })
  const old = connectTls({
    host: home,
    port: world.port,
    ...from(edge),
    servername: 'ha.example.com',
    ca: world.publicCa.certificatePem,
    ...client(world.leaf),
  })
  await new Promise((resolve) => old.on('secureConnect', resolve))
  world.gateway.update({
    names: ['ha.example.com', 'new.example.com'],
    certificate: { chainPem: fresh.certificatePem, keyPem: fresh.keyPem },
  })
  const next = await overTls(world, edge, get(), {
    ...client(world.leaf),
    servername: 'new.example.com',
  })
  assert.match(next.certificate ?? '', /new\.example\.com/)
  const answer = new Promise<string>((resolve) =>
    old.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  )
  old.write(get())
  assert.match(await answer, /200/)
  old.destroy()
})

test('when Home Assistant is down the visitor is told, and nothing hangs', async (t) => {
  const world = await worldFor(t, { upstream: 'http://127.0.0.1:1' })
  const { text } = await overTls(world, edge, get(), client(world.leaf))
  assert.match(text, /^HTTP\/1\.1 502 /)
  assert.match(text, /does not answer/)
})

test('without a certificate every handshake is refused, until there is one', async (t) => {
  const world = await worldFor(t)
  world.gateway.update({ names: [] })
  assert.equal((await overTls(world, edge, get(), client(world.leaf))).certificate, undefined)
})

test('two authorities are accepted while they are rotated', async (t) => {
  const world = await worldFor(t)
  const next: Authority = await makeAuthority('next')
  world.gateway.update({
    pulls: { mode: 'required', authorities: [world.pullsCa.certificatePem, next.certificatePem] },
  })
  const leaf = await next.issue({ names: ['edge'], clientAuth: true })
  assert.match((await overTls(world, edge, get(), client(leaf))).text, /200/)
  assert.match((await overTls(world, edge, get(), client(world.leaf))).text, /200/)
})
