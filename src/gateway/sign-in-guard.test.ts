import assert from 'node:assert/strict'
import { suite, test } from 'node:test'

import { dialEdge, message, until, worldFor } from '../../lab/gateway/world.ts'
import type { GatewayEvent } from './setup.ts'
import { isSignIn, networkOf, signInGuard } from './sign-in-guard.ts'

const minute = 60_000

suite('who tries to sign in', () => {
  test('may mistype, has to wait then, and is refused in the end, for a while', () => {
    const events: GatewayEvent[] = []
    const guard = signInGuard((event) => events.push(event))
    const verdicts = Array.from({ length: 25 }, (_, i) => guard.attempt('198.51.100.9', i * 10).is)
    assert.deepEqual(
      verdicts,
      [8, 12, 5].flatMap((count, i) => Array<string>(count).fill(['pass', 'wait', 'refuse'][i]!)),
    )
    assert.deepEqual(
      events.map((event) => event.is === 'sign-ins' && [event.outcome, event.attempts]),
      [
        ['slowed', 9],
        ['refused', 21],
      ],
    )
    assert.equal(guard.attempt('198.51.100.9', 10 * minute).is, 'refuse')
    assert.notEqual(guard.attempt('198.51.100.9', 16 * minute).is, 'refuse')
  })

  test('now and then is a person', () => {
    const guard = signInGuard(() => undefined)
    for (let i = 0; i < 200; i++)
      assert.equal(guard.attempt('198.51.100.9', i * minute).is, 'pass', `attempt ${i}`)
  })

  test('with another address of the same /64 is the same, and with another /64 is not', () => {
    const guard = signInGuard(() => undefined)
    for (let i = 0; i < 21; i++) guard.attempt(`2001:db8:0:1::${i.toString(16)}`, i)
    assert.equal(guard.attempt('2001:db8:0:1:ffff::1', 30).is, 'refuse')
    assert.equal(guard.attempt('2001:db8:0:2::1', 30).is, 'pass')
    assert.equal(guard.attempt('198.51.100.9', 30).is, 'pass')
  })

  test('from everywhere cannot fill the memory, and is not forgotten for those who come often', () => {
    const guard = signInGuard(() => undefined)
    for (let i = 0; i < 21; i++) guard.attempt('198.51.100.9', i)
    for (let i = 0; i < 4000; i++) guard.attempt(`2001:db8:0:${i.toString(16)}::1`, i)
    assert.equal(guard.attempt('198.51.100.9', 5000).is, 'refuse')
  })
})

test('networks', () => {
  for (const [address, network] of [
    ['198.51.100.9', '198.51.100.9'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::ffff:198.51.100.9', '198.51.100.9'],
  ] as const)
    assert.equal(networkOf(address), network)
})

test('what is a sign-in, however it is written', () => {
  for (const target of [
    '/auth/login_flow/abc',
    '/auth/login_flow/abc?x=1',
    '/auth//login_flow/abc',
    '//auth/login_flow/abc',
    '/auth/./login_flow/abc',
    '/x/../auth/login_flow/abc',
    '/%61uth/login%5fflow/abc',
    '/auth%2Flogin_flow/abc',
  ])
    assert.ok(isSignIn(target), target)
  for (const target of [
    '/auth/login_flow',
    '/auth/token',
    '/api/auth/login_flow/abc',
    '/?auth/login_flow/a',
    '/%zz',
  ])
    assert.ok(!isSignIn(target), target)
})

test('over the wire: slowed, then refused, and other requests are not', async (t) => {
  const world = await worldFor(t)
  const socket = dialEdge(world)
  const attempt = async (): Promise<string> => {
    socket.write(message('POST /auth/login_flow/1', ['Content-Length: 2'], '{}'))
    return await until(socket, /\r\n\r\n[^]*[}n.]\n?(?:\r\n0\r\n\r\n)?$/)
  }
  for (let i = 0; i < 8; i++) assert.match(await attempt(), /^HTTP\/1\.1 200 /)
  const began = performance.now()
  assert.match(await attempt(), /^HTTP\/1\.1 200 /)
  assert.ok(performance.now() - began >= 499)
  assert.equal(world.gateway.counters().slowedSignIns, 1)
  // On connections of their own, all at once: nobody waits for the one before.
  const many = Array.from({ length: 14 }, () => {
    const one = dialEdge(world)
    one.write(message('POST /auth/login_flow/1', ['Content-Length: 2', 'Connection: close'], '{}'))
    setTimeout(() => one.destroy(), 1500)
    return until(one, /HTTP\/1\.1 429/)
  })
  const answers = await Promise.all(many)
  const refused = answers.filter((text) => text.startsWith('HTTP/1.1 429 '))
  assert.equal(refused.length, 3)
  assert.match(refused[0] ?? '', /\r\nRetry-After: 900\r\n/)
  socket.write(message('GET /'))
  assert.match(await until(socket, /hello/), /^HTTP\/1\.1 200 /)
  socket.destroy()
  assert.deepEqual(
    world.events
      .filter(({ is }) => is === 'sign-ins')
      .map((event) => 'outcome' in event && event.outcome),
    ['slowed', 'refused'],
  )
})
