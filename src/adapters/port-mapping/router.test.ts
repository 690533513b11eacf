import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { startRouter, type RouterSays } from '../../../lab/simulators/router/router.ts'
import { listenToAnnouncements } from './announcements.ts'
import { subscribeToEvents } from './events.ts'
import { routerAt } from './router.ts'

const signal = new AbortController().signal

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5)
}

async function home(t: TestContext, says: Partial<RouterSays>) {
  const simulated = await startRouter(`127.${randomInt(10, 250)}.${randomInt(1, 250)}.1`, says)
  t.after(() => simulated.close())
  const at = { now: Date.now() }
  const router = routerAt(simulated.address, { now: () => new Date(at.now), multicast: false })
  return { simulated, router, at }
}

// Most of the time is waiting for somebody who does not answer.
suite('the word of a router', { concurrency: true }, () => {
  test('by NAT-PMP, where it speaks it, and then nothing else is asked', async (t) => {
    const { simulated, router } = await home(t, { external: '203.0.113.7' })
    const word = await router.word(signal)
    assert.deepEqual(word, {
      is: 'address',
      address: { family: 'ipv4', text: '203.0.113.7' },
      by: 'NAT-PMP',
    })
    // A second time on a machine that is too busy for the first.
    assert.ok(simulated.asked.natPmp >= 1)
    assert.equal(simulated.asked.soap, 0)
  })

  for (const igd of [1, 2] as const)
    test(`by UPnP of IGD:${igd}, where it does not`, async (t) => {
      const { router } = await home(t, { external: '203.0.113.7', natPmp: 'silent', igd })
      const word = await router.word(signal)
      assert.ok(word.is === 'address')
      assert.equal(word.address.text, '203.0.113.7')
      assert.equal(word.by, 'UPnP')
    })

  test('who was silent is not asked again at once, and later is', async (t) => {
    const { simulated, router, at } = await home(t, { external: '203.0.113.7', natPmp: 'silent' })
    await router.word(signal)
    const { natPmp } = simulated.asked
    await router.word(signal)
    assert.equal(simulated.asked.natPmp, natPmp)
    at.now += 601_000
    await router.word(signal)
    assert.ok(simulated.asked.natPmp > natPmp)
  })

  test('without a connection it has none, and says why', async (t) => {
    const { router } = await home(t, {})
    const word = await router.word(signal)
    assert.ok(word.is === 'none')
    assert.match(word.because, /no connection/)
  })

  test('that it has begun anew is told once', async (t) => {
    const { simulated, router, at } = await home(t, {
      external: '203.0.113.7',
      began: Date.now() - 3_600_000,
    })
    await router.word(signal)
    assert.equal(router.beganAnew(), false)
    simulated.says.began = Date.now()
    at.now += 5000
    await router.word(signal)
    assert.equal(router.beganAnew(), true)
    assert.equal(router.beganAnew(), false)
  })

  const hostile: readonly (readonly [string, Partial<RouterSays>])[] = [
    ['silence', { natPmp: 'silent', upnp: 'silent', pcp: 'silent' }],
    ['junk in both languages', { natPmp: 'junk', upnp: 'junk' }],
    ['another version, and a description without an end', { natPmp: 'unsupported', upnp: 'huge' }],
    ['a description somewhere else', { natPmp: 'silent', upnp: 'elsewhere' }],
    ['a description that drips', { natPmp: 'silent', upnp: 'drips' }],
  ]
  for (const [what, says] of hostile)
    test(`${what}: it is as if there were none`, async (t) => {
      const { router } = await home(t, { external: '203.0.113.7', ...says })
      assert.deepEqual(await router.word(signal), { is: 'silent' })
    })

  test('who stops waiting is let go', async (t) => {
    const { router } = await home(t, { natPmp: 'silent', upnp: 'drips' })
    const stopping = AbortSignal.timeout(30)
    await assert.rejects(router.word(stopping), { name: 'TimeoutError' })
  })
})

suite('events of a router', () => {
  async function subscribed(t: TestContext) {
    const { simulated, router } = await home(t, { external: '203.0.113.7' })
    const service = await router.service(signal)
    assert.ok(service?.events)
    const stopping = new AbortController()
    let heard = 0
    const subscription = await subscribeToEvents(
      simulated.address,
      { ...service, events: service.events },
      () => heard++,
      stopping.signal,
    )
    await until(() => heard > 0)
    return { simulated, subscription, stopping, heard: () => heard }
  }

  test('it is subscribed, hears, and unsubscribes when it stops', async (t) => {
    const { simulated, subscription, stopping, heard } = await subscribed(t)
    assert.equal(simulated.subscribers.size, 1)
    await simulated.notify('203.0.113.8')
    assert.equal(heard(), 2)
    stopping.abort()
    await subscription.ended
    assert.equal(simulated.subscribers.size, 0)
  })

  test('nobody but the router gets an answer', async (t) => {
    const { subscription, stopping, heard } = await subscribed(t)
    const [host = '', port] = subscription.listens.split(':')
    const socket = connect({ host, port: Number(port), localAddress: '127.0.0.9' })
    socket.on('error', () => undefined)
    let said = ''
    socket.on('data', (chunk: Buffer) => (said += chunk.toString()))
    socket.end('NOTIFY / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n')
    await once(socket, 'close')
    assert.equal(said, '')
    assert.equal(heard(), 1)
    stopping.abort()
    await subscription.ended
  })

  test('an event to another path, and one without an end, are not heard', async (t) => {
    const { simulated, subscription, stopping, heard } = await subscribed(t)
    const [host = '', port] = subscription.listens.split(':')
    const [callback = ''] = simulated.subscribers.values()
    const send = async (path: string, body: string) => {
      const socket = connect({ host, port: Number(port), localAddress: simulated.address })
      socket.on('error', () => undefined)
      socket.write(`NOTIFY ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`)
      socket.end(body)
      socket.resume()
      await new Promise<void>((resolve) => socket.on('close', () => resolve()))
    }
    const event = '<ExternalIPAddress>203.0.113.9</ExternalIPAddress>'
    await send('/guessed', event)
    await send(new URL(callback).pathname, event.padEnd(200_000))
    assert.equal(heard(), 1)
    stopping.abort()
    await subscription.ended
  })
})

test('announcements are heard from the router alone', async (t) => {
  const { simulated } = await home(t, { external: '203.0.113.7' })
  const other = await startRouter(simulated.address.replace(/1$/u, '2'), {
    external: '203.0.113.66',
  })
  t.after(() => other.close())
  const port = randomInt(20_000, 30_000)
  let heard = 0
  const listening = await listenToAnnouncements(simulated.address, () => heard++, port)
  t.after(() => listening.close())
  assert.equal(listening.listens, true)
  const to = { host: '127.0.0.1', port }
  other.announce(undefined, to)
  simulated.announce('198.51.100.1', to)
  await until(() => heard > 0)
  await sleep(30)
  assert.equal(heard, 1)
})
