import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { AddressBook, HomeAddresses } from '../compose/address/book.ts'
import { addressOf } from '../core/address.ts'
import { milliseconds } from '../core/duration.ts'
import { absent, known, unknown } from '../core/fact.ts'
import { addressWatch } from './address-watch.ts'
import type { Trigger } from './trigger.ts'

/** A book that shows what the test writes into it, and counts who was asked. */
function bookOf() {
  const says = {
    signs: 'a',
    ipv4: '203.0.113.1' as string | undefined,
    anew: false,
    hangs: false,
    lingers: 0,
  }
  const asked = { signs: 0, sources: 0 }
  const homes = (): HomeAddresses => {
    const found = addressOf(says.ipv4 ?? '')
    return {
      ipv4: found ? known(found) : unknown('they do not agree'),
      ipv6: absent,
      trouble: [],
    }
  }
  const book: AddressBook = {
    current: () => Promise.resolve(homes()),
    async renew(signal) {
      asked.sources++
      // As a connection does: what breaks it off is not over in the same moment.
      if (says.hangs) {
        await sleep(60_000, undefined, { signal }).catch(() => undefined)
        await sleep(says.lingers)
        signal.throwIfAborted()
      }
      return homes()
    },
    signs() {
      asked.signs++
      return Promise.resolve(says.signs)
    },
    router: () =>
      Promise.resolve({
        address: '192.168.1.1',
        word: () => Promise.resolve({ is: 'silent' }),
        beganAnew: () => says.anew && !(says.anew = false),
        speaks: () => [],
        service: () => Promise.resolve(undefined),
      }),
  }
  return { book, says, asked }
}

async function watched(t: TestContext, poll = 60_000) {
  const { book, says, asked } = bookOf()
  const fired: Trigger[] = []
  const stopping = new AbortController()
  let ring: (because: string) => void = () => undefined
  const running = addressWatch({
    book,
    hints: [
      (bell, _say, signal) => {
        ring = bell
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
      },
    ],
    now: () => new Date(),
    random: () => 0.5,
    show: () => undefined,
    say: () => undefined,
    poll: milliseconds(poll),
  })((trigger) => fired.push(trigger), stopping.signal)
  const stop = async (): Promise<void> => {
    stopping.abort()
    await running
  }
  t.after(stop)
  await until(() => asked.sources === 1)
  await sleep(10)
  return { says, asked, fired, ring: (because: string) => ring(because), stop }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5)
}

suite('the watch over the address', { concurrency: true }, () => {
  test('the start is no change', async (t) => {
    const { fired } = await watched(t)
    assert.deepEqual(fired, [])
  })

  test('a hint with another address fires, with what was heard', async (t) => {
    const { says, fired, ring } = await watched(t)
    Object.assign(says, { signs: 'b', ipv4: '203.0.113.2' })
    ring('the router announced a change')
    await until(() => fired.length > 0)
    assert.deepEqual(fired, [{ look: ['dns-record'], because: 'the router announced a change' }])
  })

  test('a hint that comes before the change is through is followed up', async (t) => {
    const { says, asked, fired, ring } = await watched(t)
    const before = asked.signs
    ring('the router announced a change')
    await until(() => asked.signs > before)
    assert.deepEqual(fired, [])
    Object.assign(says, { signs: 'b', ipv4: '203.0.113.2' })
    await until(() => fired.length === 1)
  })

  test('a stop while the sources are asked ends it, without going round until they have given up', async (t) => {
    const { says, asked, ring, stop } = await watched(t)
    Object.assign(says, { signs: 'b', hangs: true, lingers: 50 })
    ring('the router announced a change')
    await until(() => asked.sources === 2)
    await sleep(10)
    await stop()
  })

  test('hints without end cost nobody outside anything, and the router little', async (t) => {
    const { asked, fired, ring } = await watched(t)
    const flood = setInterval(() => ring('noise'), 1)
    await sleep(1200)
    clearInterval(flood)
    assert.equal(asked.sources, 1)
    assert.ok(asked.signs < 40, String(asked.signs))
    assert.deepEqual(fired, [])
  })

  test('with every hint lost the rhythm finds it', async (t) => {
    const { says, fired } = await watched(t, 40)
    Object.assign(says, { signs: 'b', ipv4: '203.0.113.2' })
    await until(() => fired.length === 1)
  })

  test('signs that changed and came back do not fire', async (t) => {
    const { says, asked, fired, ring } = await watched(t)
    says.signs = 'b'
    ring('the router announced a change')
    await until(() => asked.sources === 2)
    says.signs = 'a'
    ring('the router announced a change')
    await sleep(300)
    assert.deepEqual(fired, [])
  })

  test('as long as the sources do not agree nothing fires; they are asked again', async (t) => {
    const { says, asked, fired, ring } = await watched(t)
    Object.assign(says, { signs: 'b', ipv4: undefined })
    ring('the router announced a change')
    await until(() => asked.sources >= 3)
    assert.deepEqual(fired, [])
    says.ipv4 = '203.0.113.2'
    await until(() => fired.length === 1)
  })

  test('an answer that hangs is not waited for once the signs say something else', async (t) => {
    const { says, asked, fired, ring } = await watched(t)
    Object.assign(says, { signs: 'down', hangs: true })
    ring('the router announced a change')
    await until(() => asked.sources === 2)
    Object.assign(says, { signs: 'b', hangs: false, ipv4: '203.0.113.2' })
    ring('the router announced a change')
    await until(() => fired.length === 1)
  })

  test('a router that restarted has the forward and the record looked at', async (t) => {
    const { says, fired, ring } = await watched(t)
    says.anew = true
    ring('the router announced a change')
    await until(() => fired.length === 1)
    assert.deepEqual(fired[0]?.look, ['port-forward', 'dns-record'])
  })
})
