import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  dial,
  dialEdge,
  edge,
  get,
  home,
  lan,
  message,
  until,
  worldFor,
} from '../../lab/gateway/world.ts'

// Limits as the peer sees them. The sweep comes once a second; each limit is far below that of the test.

suite('limits', () => {
  test('a head that does not end is answered 408', async (t) => {
    const world = await worldFor(t, { limits: { headMs: 200 } })
    const socket = dialEdge(world)
    socket.write('GET / HTTP/1.1\r\nHost:')
    assert.match(await until(socket, /never/), /^HTTP\/1\.1 408 /)
    assert.equal(world.gateway.counters().refused['too-slow'], 1)
  })

  test('a body that trickles is given up', async (t) => {
    const limits = { bodyPatienceMs: 500, bodyBytesPerSecond: 100 }
    const world = await worldFor(t, { limits }, (request) => void request.resume())
    const socket = dialEdge(world)
    socket.write(message('PUT /', ['Content-Length: 100000']))
    const trickle = setInterval(() => socket.write('x'), 100)
    assert.match(await until(socket, /never/), /408 /)
    clearInterval(trickle)
  })

  test('who says nothing is hung up on', async (t) => {
    const world = await worldFor(t, { limits: { idleMs: 100 } })
    const socket = dialEdge(world)
    socket.write(message('GET /'))
    assert.match(await until(socket, /never/), /^HTTP\/1\.1 200 /)
  })

  test('an upstream that does not begin to answer: 504', async (t) => {
    const world = await worldFor(t, { limits: { answerMs: 100 } }, () => undefined)
    const socket = dialEdge(world)
    socket.write(message('GET /'))
    assert.match(await until(socket, /in time/), /^HTTP\/1\.1 504 /)
    socket.destroy()
  })

  test('one address may have so many connections, and others are not its concern', async (t) => {
    const world = await worldFor(t, { limits: { connectionsPerLocalAddress: 2 } })
    const first = [dial(world, lan), dial(world, lan)]
    for (const socket of first) {
      socket.write(get().replace('Connection: close\r\n', ''))
      await until(socket, /hello/)
    }
    const third = dial(world, lan)
    third.on('error', () => undefined)
    assert.equal(await until(third, /never/), '')
    assert.equal(world.gateway.counters().refused['too-many'], 1)
    const other = dialEdge(world)
    other.write(get())
    assert.match(await until(other, /hello/), /200/)
    other.destroy()
    first[0]?.destroy()
    while (world.gateway.snapshot().open.connections > 1) await sleep(5)
    const fourth = dial(world, lan)
    fourth.write(get())
    assert.match(await until(fourth, /hello/), /200/)
    first[1]?.destroy()
  })

  test('half-open handshakes are few at a time, and end', async (t) => {
    const world = await worldFor(t, { limits: { handshakesPerAddress: 3, handshakeMs: 300 } })
    const knock = () => {
      const socket = connect({ host: home, port: world.port, localAddress: edge })
      socket.on('error', () => undefined)
      return new Promise<void>((resolve) => socket.on('close', () => resolve()))
    }
    await Promise.all(Array.from({ length: 10 }, knock))
    while (world.gateway.snapshot().open.handshakes > 0) await sleep(5)
    const { refused } = world.gateway.counters()
    assert.deepEqual([refused['too-many'], refused.handshake], [7, 3])
  })

  test('an address whose handshakes come to nothing is not asked in any more; good ones cost nothing', async (t) => {
    const world = await worldFor(t, { limits: { failedHandshakesPerMinute: 3 } })
    const bare = async () => {
      const socket = dial(world, edge)
      socket.on('error', () => undefined)
      return await until(socket, /never/)
    }
    for (let i = 0; i < 5; i++) {
      const socket = dialEdge(world)
      socket.write(get())
      assert.match(await until(socket, /hello/), /200/)
    }
    for (let i = 0; i < 5; i++) assert.equal(await bare(), '')
    const { refused } = world.gateway.counters()
    assert.deepEqual([refused['no-client-certificate'], refused['too-many']], [3, 2])
  })

  test('limits are changed while it runs', async (t) => {
    const world = await worldFor(t)
    const socket = dialEdge(world)
    socket.write('GET / HTTP/1.1\r\nHost:')
    world.gateway.update({ limits: { headMs: 100 } })
    assert.match(await until(socket, /never/), /^HTTP\/1\.1 408 /)
  })
})
