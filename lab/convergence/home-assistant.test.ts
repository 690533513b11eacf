import assert from 'node:assert/strict'
import { connect, createServer } from 'node:net'
import { test, type TestContext } from 'node:test'

import fc from 'fast-check'

import { rangeOf } from '../../src/core/address.ts'
import type { Outcome } from '../../src/core/reconcile.ts'
import type { Do } from '../../src/safeguards/home-assistant/types.ts'
import {
  startHomeAssistant,
  type HomeAssistantOptions,
} from '../simulators/home-assistant/home-assistant.ts'
import { configOf } from '../simulators/home-assistant/state.ts'
import { guardHome, wished } from './home-assistant-guard.ts'

const signal = new AbortController().signal

async function worldFor(
  t: Pick<TestContext, 'after'>,
  options: HomeAssistantOptions = {},
  token?: string,
) {
  const home = await startHomeAssistant(options)
  t.after(() => home.close())
  const guarded = guardHome({ url: home.url, token: token ?? home.token })
  return {
    ...guarded,
    home,
    codes: async () => (await guarded.check()).map(({ code }) => code),
  }
}

const reason = (outcome: Outcome<Do>) => (outcome.is === 'unsettled' ? outcome.because : outcome.is)

test('from a fresh Home Assistant: one restart, and what comes through us is accepted', async (t) => {
  const { home, run, codes } = await worldFor(t)
  assert.ok((await codes()).includes('home-assistant/rejects-proxy'))
  const outcome = await run()
  assert.equal(outcome.is, 'settled', reason(outcome))
  assert.deepEqual(home.state.stable.trusted_proxies, ['127.0.0.1/32'])
  assert.equal(home.state.pending, null)
  assert.equal(home.state.restarts, 1)
  assert.equal(home.state.externalUrl, 'https://ha.example.com')
  assert.deepEqual((await run()).is, 'settled')
  assert.equal(home.state.restarts, 1)
  assert.deepEqual(await codes(), ['home-assistant/bans-off'])
})

test('settings that do not work are taken back at once, and the right ones take their place', async (t) => {
  const { home, run } = await worldFor(t)
  const wrong = rangeOf('192.0.2.55')
  assert.ok(wrong)
  const outcome = await run({ ...wished, proxy: wrong })
  assert.ok(outcome.is === 'unsettled')
  assert.match(outcome.because, /not confirmed, and undone/)
  assert.equal(home.state.active, 'stable')
  assert.equal(home.state.pending, null)
  assert.equal(home.state.stable.trusted_proxies, undefined)
  assert.equal((await run()).is, 'settled')
})

test('what comes through the edge and is refused is not confirmed either', async (t) => {
  const home = await startHomeAssistant()
  t.after(() => home.close())
  const guarded = guardHome({
    url: home.url,
    token: home.token,
    throughEdge: () => Promise.resolve('refused'),
  })
  const outcome = await guarded.run()
  assert.ok(outcome.is === 'unsettled')
  assert.match(
    outcome.because,
    /refuses what comes through Cloudflare .* not confirmed, and undone/,
  )
  assert.equal(home.state.stable.trusted_proxies, undefined)
  assert.equal(home.state.pending, null)
})

test('behind a network that rewrites addresses, its log says which one to trust', async (t) => {
  const { home } = await worldFor(t)
  const relay = createServer((from) => {
    const to = connect({ host: '127.0.0.1', port: home.port, localAddress: '127.0.0.9' })
    from.pipe(to).pipe(from)
    from.on('error', () => to.destroy())
    to.on('error', () => from.destroy())
  })
  await new Promise<void>((done) => relay.listen(0, '127.0.0.8', done))
  t.after(() => void relay.close())
  const address = relay.address()
  assert.ok(address !== null && typeof address === 'object')
  // Another proxy, refused before us, is not taken for ours.
  await fetch(`${home.url}/manifest.json`, { headers: { 'x-forwarded-for': '198.18.0.7' } })
  const outcome = await guardHome({
    url: `http://127.0.0.8:${address.port}`,
    token: home.token,
  }).run()
  assert.equal(outcome.is, 'settled', reason(outcome))
  assert.deepEqual(home.state.stable.trusted_proxies, ['127.0.0.9/32'])
})

test('killed at any moment, a new run goes on, and nothing is half done', async (t) => {
  for (const ms of [5, 15, 30, 60, 120, 250, 400]) {
    const { home, port, run } = await worldFor(t, { restartMs: 60 })
    await run(wished, AbortSignal.timeout(ms)).catch(() => undefined)
    await port.waitFor(() => true, 5000, signal)
    let outcome = await run()
    // Home Assistant may only now begin the restart that was asked for; then it is left, and looked at again.
    for (let i = 0; i < 50 && outcome.is === 'settled' && outcome.left.length > 0; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      outcome = await run()
    }
    assert.equal(outcome.is, 'settled', `${ms} ms: ${reason(outcome)}`)
    assert.equal(home.state.active, 'stable')
    assert.equal(home.state.pending, null)
  }
})

test('a connection lost at any command: what happened is seen, and nothing is done twice', async (t) => {
  for (const fault of ['loseAnswerTo', 'loseCommand'] as const) {
    for (const type of ['http/config/configure', 'http/config/promote', 'http/config']) {
      const { home, run } = await worldFor(t, { restartMs: 60 })
      home.state.faults[fault].add(type)
      const first = await run().catch((error: unknown) => ({ is: String(error) }))
      home.state.faults[fault].clear()
      const second = await run()
      assert.equal(second.is, 'settled', `${fault} ${type}: ${first.is}, then ${reason(second)}`)
      assert.equal(home.state.active, 'stable')
      assert.equal(home.state.pending, null)
      assert.deepEqual(home.state.stable.trusted_proxies, ['127.0.0.1/32'])
      assert.ok(home.state.restarts <= 2, `${fault} ${type}: ${home.state.restarts} restarts`)
    }
  }
})

test('settings of ours that only wait for a restart are tried', async (t) => {
  const { home, run } = await worldFor(t)
  home.state.pending = {
    ...home.state.stable,
    use_x_forwarded_for: true,
    trusted_proxies: ['127.0.0.1/32'],
  }
  const outcome = await run()
  assert.equal(outcome.is, 'settled', reason(outcome))
  assert.equal(home.state.restarts, 1)
})

test('a trial, or a stage, of somebody else is left alone', async (t) => {
  const { home, port, run, codes } = await worldFor(t)
  const theirs = { ...configOf(home.state.stable), login_attempts_threshold: 7 }
  home.state.configurationValid = false
  await port.stage(theirs, signal)
  const staged = await run()
  assert.match(staged.is === 'settled' ? staged.left.join() : '', /somebody staged other/)
  home.state.configurationValid = true
  await home.restart()
  await port.waitFor(({ onTrial }) => onTrial, 5000, signal)
  const outcome = await run()
  assert.ok(outcome.is === 'settled')
  assert.match(outcome.left.join(), /somebody is trying other http settings/)
  assert.equal(home.state.pending?.login_attempts_threshold, 7)
  assert.ok((await codes()).includes('home-assistant/pending-change'))
})

test('a restart that Home Assistant would refuse is not asked for', async (t) => {
  const { home, run } = await worldFor(t)
  home.state.configurationValid = false
  const outcome = await run()
  assert.ok(outcome.is === 'unsettled')
  assert.match(outcome.because, /Invalid config for 'homeassistant'/)
  assert.equal(home.state.pending, null)
})

test('masks that the migration took are seen in what waits', async (t) => {
  const { home, check } = await worldFor(t)
  home.state.stable.trusted_proxies = ['172.30.0.0/32']
  home.state.pending = {
    ...home.state.stable,
    trusted_proxies: ['172.30.0.0/16'],
    error: 'not_promoted',
  }
  const found = await check()
  assert.match(
    found.find(({ code }) => code === 'home-assistant/pending-change')?.says ?? '',
    /took the masks .*172\.30\.0\.0\/32.*172\.30\.0\.0\/16/,
  )
})

test('the older world is told exactly what to write', async (t) => {
  const { run } = await worldFor(t, { world: 'yaml', externalUrl: 'https://ha.example.com' })
  const outcome = await run()
  assert.ok(outcome.is === 'settled')
  assert.match(
    outcome.left.join(),
    /http:\n {2}use_x_forwarded_for: true\n {2}trusted_proxies:\n {4}- 127\.0\.0\.1\/32/,
  )
})

test('looking makes no notice about failed sign-ins, and a wrong token makes one at most', async (t) => {
  const { home, safeguard } = await worldFor(t)
  for (let i = 0; i < 3; i++) await safeguard.observe(signal)
  assert.equal(home.state.loginNotices, 0)
  const stranger = await worldFor(t, {}, 'wrong-canary-token')
  for (let i = 0; i < 3; i++) {
    const observed = await stranger.safeguard.observe(signal)
    assert.ok(observed.inside.is === 'unknown')
    assert.match(observed.inside.because, /refuses the access token/)
    assert.doesNotMatch(JSON.stringify(stranger.safeguard.plan(wished, observed)), /canary/)
  }
  assert.equal(stranger.home.state.loginNotices, 1)
})

test('a house without an owner is found, and nothing after it begins', async (t) => {
  const { run, codes } = await worldFor(t, { onboarded: false }, 'any')
  assert.ok((await codes()).includes('home-assistant/not-onboarded'))
  const outcome = await run()
  assert.ok(outcome.is === 'unsettled')
  assert.match(outcome.because, /no owner yet, so nothing is published/)
})

test('laws: from any settings it settles, leaves what is not ours, and is undone', async (t) => {
  const address = fc.constantFrom('127.0.0.1/32', '10.0.0.0/8', '192.0.2.1/32', '2001:db8::/32')
  const settings = fc.record({
    use_x_forwarded_for: fc.boolean(),
    trusted_proxies: fc.uniqueArray(address, { minLength: 1 }),
    login_attempts_threshold: fc.constantFrom(-1, 5),
    cors_allowed_origins: fc.constantFrom([], ['https://cast.home-assistant.io']),
    failed: fc.boolean(),
    externalUrl: fc.constantFrom(null, 'https://other.example.com', wished.externalUrl),
  })
  await fc.assert(
    fc.asyncProperty(settings, async ({ failed, externalUrl, ...theirs }) => {
      const { home, undo, run } = await worldFor(t, { restartMs: 1, externalUrl })
      Object.assign(home.state.stable, theirs)
      if (failed) home.state.pending = { ...home.state.stable, error: 'not_promoted' }
      const before = { ...configOf(home.state.stable) }
      const outcome = await run()
      assert.ok(outcome.is === 'settled', reason(outcome))
      const {
        use_x_forwarded_for: uses,
        trusted_proxies: proxies,
        ...rest
      } = configOf(home.state.stable)
      const { use_x_forwarded_for: _uses, trusted_proxies: had = [], ...others } = before
      assert.deepEqual(rest, others)
      assert.ok(uses)
      assert.deepEqual(proxies?.slice(0, had.length), had)
      const again = await run()
      assert.ok(again.is === 'settled' && again.did.length === 0)
      await undo(outcome.did)
      assert.deepEqual(configOf(home.state.stable), before)
      assert.equal(home.state.externalUrl, externalUrl)
      await home.close()
    }),
    { numRuns: 15 },
  )
})
