import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  client,
  dial,
  dialEdge,
  edge,
  get,
  message,
  overEdge,
  overTls,
  stranger,
  until,
  worldFor,
} from '../../lab/gateway/world.ts'
import { plainPath, type AccessLine } from './metrics/access-line.ts'
import type { TraceEvent } from './metrics/trace.ts'

suite('what is seen of the gateway', () => {
  test('the access log has every request once, and nothing that opens a door', async (t) => {
    const lines: AccessLine[] = []
    const world = await worldFor(t, { accessLog: (line) => lines.push(line) })
    await overEdge(world, get('/api/states?access_token=secret'))
    await overEdge(world, get('/api/webhook/0123456789abcdef'))
    assert.deepEqual(
      lines.map(({ visitor, peer, host, method, path, status }) => [
        visitor,
        peer,
        host,
        method,
        path,
        status,
      ]),
      ['/api/states', '/api/webhook/…'].map((path) => [
        '198.51.100.9',
        edge,
        'ha.example.com',
        'GET',
        path,
        200,
      ]),
    )
    assert.doesNotMatch(JSON.stringify(lines), /secret|0123456789abcdef/)
    world.gateway.update({ accessLog: undefined })
    await overEdge(world, get('/'))
    assert.equal(lines.length, 2)
  })

  test('paths without what must not be written down', () => {
    for (const [target, path] of [
      ['/lovelace/0?kiosk', '/lovelace/0'],
      ['/api/hassio_ingress/aBcD-1/x/y', '/api/hassio_ingress/…'],
      ['/auth/login_flow/abc', '/auth/login_flow/…'],
      ['/api/camera_proxy_stream/camera.front_door', '/api/camera_proxy_stream/camera.front_door'],
      ['/api/image/serve/0123456789abcdef0123456789abcdef/512x512', '/api/image/serve/…/512x512'],
      ['/frontend_latest/core.js', '/frontend_latest/core.js'],
    ] as const)
      assert.equal(plainPath(target), path)
  })

  test('the snapshot is plain values: counters, latency, the last seconds, upstreams, who was refused', async (t) => {
    const world = await worldFor(t)
    await overEdge(world, get('/'))
    for (let i = 0; i < 3; i++) await overTls(world, stranger, get(), client(world.leaf))
    const open = dialEdge(world)
    open.write(
      message('GET /api/websocket', [
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ]),
    )
    await until(open, /101/)
    await sleep(1100)
    const snapshot = world.gateway.snapshot()
    assert.deepEqual(snapshot.open, { connections: 1, webSockets: 1, handshakes: 0 })
    assert.equal(snapshot.latency.count, 1)
    assert.equal(snapshot.latency.buckets.at(-1)?.count, 1)
    assert.deepEqual(
      snapshot.refusedSources.map(({ address, count, because }) => [address, count, because]),
      [[stranger, 3, { stranger: 3 }]],
    )
    assert.equal(
      snapshot.seconds.reduce((sum, { requests }) => sum + requests, 0),
      2,
    )
    assert.deepEqual(
      snapshot.upstreams.map(({ names, health }) => [names, health.is]),
      [[['ha.example.com'], 'up']],
    )
    assert.equal(snapshot.counters.bytesIn > 0 && snapshot.counters.bytesOut > 0, true)
    assert.equal(JSON.parse(JSON.stringify(snapshot)).counters.requests, 2)
    // Of many refusals one is told.
    assert.equal(world.events.filter(({ is }) => is === 'refused').length, 1)
    open.destroy()
  })

  test('one connection is followed, by the visitor or the peer, and no other', async (t) => {
    const world = await worldFor(t)
    const events: TraceEvent[] = []
    const trace = world.gateway.trace('198.51.100.77', (event) => events.push(event))
    await overEdge(world, get('/not-this'))
    const mine = get('/this?token=secret', ['CF-Connecting-IP: 198.51.100.77'])
    await overEdge(world, mine)
    await overEdge(world, mine)
    assert.deepEqual(
      events.map(({ is }) => is),
      ['admitted', 'request', 'sent-home', 'answer', 'answered', 'closed'],
    )
    assert.match(JSON.stringify(events[0]), /TLSv1\.3.*ha\.example\.com/)
    assert.doesNotMatch(JSON.stringify(events), /secret|not-this/)
    trace[Symbol.dispose]()
    const byPeer: TraceEvent[] = []
    using _ = world.gateway.trace(edge, (event) => byPeer.push(event))
    const bad = dial(world, edge, client(world.leaf))
    bad.write('nonsense\r\n\r\n')
    await until(bad, /never/)
    while (world.gateway.snapshot().open.connections > 0) await sleep(5)
    assert.deepEqual(
      byPeer.map(({ is }) => is),
      ['admitted', 'refused', 'closed'],
    )
  })

  test('two who follow do not take it from each other', async (t) => {
    const world = await worldFor(t)
    const told: string[][] = [[], []]
    const note = (who: number) => (event: TraceEvent) => void told[who]?.push(event.is)
    using _byVisitor = world.gateway.trace('198.51.100.77', note(0))
    using _byPeer = world.gateway.trace(edge, note(1))
    await overEdge(world, get('/this', ['CF-Connecting-IP: 198.51.100.77']))
    while (world.gateway.snapshot().open.connections > 0) await sleep(5)
    const whole = ['admitted', 'request', 'sent-home', 'answer', 'answered', 'closed']
    assert.deepEqual(told, [whole, whole])
  })
})
