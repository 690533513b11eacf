import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { homeAssistant as client } from '../../src/adapters/home-assistant/home-assistant.ts'
import { addressOf } from '../../src/core/address.ts'
import { reconcile, type Outcome } from '../../src/core/reconcile.ts'
import { Secret } from '../../src/core/secret.ts'
import { homeAssistant } from '../../src/safeguards/home-assistant/home-assistant.ts'
import type { Desired, Do } from '../../src/safeguards/home-assistant/types.ts'
import {
  startHomeAssistant,
  type HomeAssistantOptions,
} from '../simulators/home-assistant/home-assistant.ts'

const signal = new AbortController().signal
const yes = { approve: () => Promise.resolve(true) }

async function worldFor(t: TestContext, options: HomeAssistantOptions = {}, token?: string) {
  const home = await startHomeAssistant(options)
  t.after(() => home.close())
  const port = client(home.url, new Secret('token', token ?? home.token))
  const desired: Desired = {
    proxy: undefined,
    externalUrl: 'https://ha.example.com',
    tls: 'gateway',
    edgeRanges: [],
  }
  const safeguard = homeAssistant(port)
  return {
    home,
    port,
    desired,
    safeguard,
    run: (wish = desired) => reconcile(safeguard, wish, yes, signal),
  }
}

const reason = (outcome: Outcome<Do>) => (outcome.is === 'unsettled' ? outcome.because : outcome.is)

test('from a fresh Home Assistant: one restart, and what comes through us is accepted', async (t) => {
  const { home, safeguard, desired, run } = await worldFor(t)
  const outcome = await run()
  assert.equal(outcome.is, 'settled', reason(outcome))
  assert.deepEqual(home.state.stable.trusted_proxies, ['127.0.0.1/32'])
  assert.equal(home.state.pending, null)
  assert.equal(home.state.restarts, 1)
  assert.equal(home.state.externalUrl, 'https://ha.example.com')
  assert.deepEqual((await run()).is, 'settled')
  assert.equal(home.state.restarts, 1)
  const codes = safeguard
    .check(desired, await safeguard.observe(signal), new Date())
    .map(({ code }) => code)
  assert.deepEqual(codes, ['home-assistant/bans-off'])
})

test('settings that do not work are not confirmed, and Home Assistant goes back by itself', async (t) => {
  const { home, desired, run } = await worldFor(t, { trialMs: 400 })
  const wrong = addressOf('192.0.2.55')
  assert.ok(wrong)
  const outcome = await run({ ...desired, proxy: wrong })
  assert.ok(outcome.is === 'unsettled')
  assert.match(outcome.because, /were not confirmed/)
  await new Promise((resolve) => setTimeout(resolve, 700))
  assert.equal(home.state.active, 'stable')
  assert.equal(home.state.stable.trusted_proxies, undefined)
  // And the next run with the right address takes the place of the failed trial.
  assert.equal((await run()).is, 'settled')
})

test('killed at any moment, a new run goes on, and nothing is half done', async (t) => {
  for (const ms of [5, 15, 30, 60, 120, 250, 400]) {
    const { home, port, safeguard, desired, run } = await worldFor(t, { restartMs: 60 })
    await reconcile(safeguard, desired, yes, AbortSignal.timeout(ms)).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 150))
    await port.waitFor(() => true, 5000, signal)
    const outcome = await run()
    assert.equal(outcome.is, 'settled', `${ms} ms: ${reason(outcome)}`)
    assert.equal(home.state.active, 'stable')
    assert.equal(home.state.pending, null)
  }
})

test('a trial of somebody else is left alone', async (t) => {
  const { home, port, run } = await worldFor(t)
  await port.stage(
    { ...(await port.httpState(signal))?.stable, login_attempts_threshold: 7 },
    signal,
  )
  await port.waitFor(({ onTrial }) => onTrial, 5000, signal)
  const outcome = await run()
  assert.ok(outcome.is === 'settled')
  assert.match(outcome.left.join(), /somebody is trying other http settings/)
  assert.equal(home.state.pending?.login_attempts_threshold, 7)
})

test('a restart that Home Assistant would refuse is not asked for', async (t) => {
  const { home, run } = await worldFor(t)
  home.state.configurationValid = false
  const outcome = await run()
  assert.ok(outcome.is === 'unsettled')
  assert.match(outcome.because, /Invalid config for 'homeassistant'/)
  assert.equal(home.state.pending, null)
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

test('looking makes no notice about failed sign-ins, and a wrong token is said so', async (t) => {
  const { home, safeguard, desired } = await worldFor(t)
  for (let i = 0; i < 3; i++) await safeguard.observe(signal)
  assert.equal(home.state.loginNotices, 0)
  const stranger = await worldFor(t, {}, 'wrong-canary-token')
  const observed = await stranger.safeguard.observe(signal)
  assert.ok(observed.http.is === 'unknown')
  assert.match(observed.http.because, /refuses the access token/)
  assert.doesNotMatch(JSON.stringify(stranger.safeguard.plan(desired, observed)), /canary/)
})

test('a house without an owner is found before it is published', async (t) => {
  const { safeguard, desired } = await worldFor(t, { onboarded: false })
  const codes = safeguard
    .check(desired, await safeguard.observe(signal), new Date())
    .map(({ code }) => code)
  assert.ok(codes.includes('home-assistant/not-onboarded'))
})

test('it can be undone', async (t) => {
  const { home, safeguard, run } = await worldFor(t)
  const outcome = await run()
  assert.ok(outcome.is === 'settled')
  for (const { does } of outcome.did.toReversed()) {
    for (const step of safeguard.undo(does, await safeguard.observe(signal)).steps)
      await safeguard.apply(step, signal)
  }
  assert.equal(home.state.stable.use_x_forwarded_for, undefined)
  assert.equal(home.state.externalUrl, null)
})
