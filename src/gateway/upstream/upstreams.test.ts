import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'

import {
  client,
  dial,
  dialEdge,
  edge,
  get,
  homeAssistant,
  message,
  overEdge,
  overTls,
  until,
  worldFor,
} from '../../../lab/gateway/world.ts'

const names = ['ha.example.com', 'photos.example.com']
const photos = get('/album').replace('ha.example.com', 'photos.example.com')

const withPhotos = async (t: TestContext, url: string) => {
  const world = await worldFor(t, { names, also: [{ name: 'photos.example.com', url }] })
  const fresh = await world.publicCa.issue({ names })
  world.gateway.update({
    certificate: { chainPem: fresh.certificatePem, keyPem: fresh.keyPem },
  })
  return world
}

const port = async (t: TestContext): Promise<number> =>
  (await homeAssistant(t, (_, response) => void response.end('an album'))).port

test('each name leads to its own service, whatever name the handshake had', async (t) => {
  const world = await withPhotos(t, `http://127.0.0.1:${await port(t)}`)
  for (const servername of names) {
    const options = { ...client(world.leaf), servername }
    assert.match((await overTls(world, edge, photos, options)).text, /an album$/)
    assert.match((await overTls(world, edge, get('/x'), options)).text, /hello \/x$/)
  }
  assert.deepEqual(
    world.gateway.snapshot().upstreams.map(({ names: its }) => its),
    [['ha.example.com'], ['photos.example.com']],
  )
})

test('one that is down has a page of its own, and the others go on', async (t) => {
  const world = await withPhotos(t, 'http://127.0.0.1:1')
  const { text } = await overEdge(world, photos.replace('\r\n', '\r\nAccept: text/html\r\n'))
  assert.match(text, /^HTTP\/1\.1 502 [^]*<h1>photos\.example\.com does not answer<\/h1>/)
  assert.match(
    text,
    /It is not running, or it is just starting\. This has been so since \d\d:\d\d UTC/,
  )
  // Whoever does not look at pages gets no page.
  assert.match((await overEdge(world, photos)).text, /text\/plain/)
  assert.match((await overEdge(world, get('/x'))).text, /hello \/x$/)
  assert.equal(world.gateway.snapshot().upstreams[1]?.health.is, 'down')
})

test('what Gatehouse knows about the cause is said', async (t) => {
  const world = await worldFor(t, {
    upstream: 'http://127.0.0.1:1',
    explain: (name) => `Gatehouse restarts what stands behind ${name}.`,
  })
  assert.match(
    (await overEdge(world, get())).text,
    /restarts what stands behind ha\.example\.com\./,
  )
})

test('it is changed while it runs: what is under way ends where it began', async (t) => {
  let answer = (): void => undefined
  const world = await worldFor(t, {}, (_, response) => {
    answer = () => void response.end('the old one')
  })
  const socket = dialEdge(world)
  socket.write(message('GET /'))
  while (world.ha.requests.length === 0) await new Promise(setImmediate)
  world.gateway.update({ upstream: `http://127.0.0.1:${await port(t)}` })
  answer()
  assert.match(await until(socket, /one$/), /the old one$/)
  socket.write(message('GET /'))
  assert.match(await until(socket, /album$/), /an album$/)
  socket.destroy()
})

test('a connection that is idle is closed by the upstream without anybody noticing', async (t) => {
  const server = createServer({ keepAliveTimeout: 20 }, (_, response) => void response.end('hi'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const world = await worldFor(t, { upstream: url })
  const socket = dial(world, edge, client(world.leaf))
  for (let i = 0; i < 2; i++) {
    socket.write(message('GET /'))
    assert.match(await until(socket, /hi$/), /200 OK/)
    while (world.gateway.snapshot().upstreams[0]?.connections.open !== 0)
      await new Promise((resolve) => setTimeout(resolve, 10))
  }
  socket.destroy()
})
