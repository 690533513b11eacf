import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { startHomeAssistant } from '../simulators/home-assistant/home-assistant.ts'
import { makeAuthority, type Pair } from '../simulators/pki.ts'
import { guardHome, wished } from './home-assistant-guard.ts'

// `tls: home-assistant`: it has the pair, trusts the edge, and is restarted once for each pair, in the window.

const ranges = ['198.51.100.0/24', '2001:db8:e::/48']

async function worldFor(t: TestContext, world: 'store' | 'yaml') {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-tls-'))
  t.after(() => rm(folder, { recursive: true }))
  const inFolder = (name: string) => join(folder, name)
  await writeFile(inFolder('configuration.yaml'), '# Mine.\nhttp:\n  server_port: 8123\n')
  const home = await startHomeAssistant({
    world,
    restartMs: 5,
    ...(world === 'yaml' ? { folder } : {}),
  })
  t.after(() => home.close())
  const authority = await makeAuthority('Lab CA')
  const put = async (to = folder, key?: Pair): Promise<string> => {
    const pair = await authority.issue({ names: ['ha.example.com'] })
    await writeFile(join(to, 'fullchain.pem'), pair.certificatePem)
    await writeFile(join(to, 'privkey.pem'), (key ?? pair).keyPem)
    return new X509Certificate(pair.certificatePem).fingerprint256
  }
  const clock = { now: new Date(2026, 10, 25, 12, 0) }
  const wish = {
    ...wished,
    tls: 'home-assistant' as const,
    edgeRanges: ranges,
    formerRanges: [] as readonly string[],
    files: { certificate: inFolder('fullchain.pem'), key: inFolder('privkey.pem') },
    restartWindow: { from: 3 * 60, to: 5 * 60 },
  }
  const guarded = guardHome({
    url: `http://127.0.0.1:${home.port}`,
    token: home.token,
    configurationFolder: folder,
    certificateFolder: folder,
    now: () => clock.now,
  })
  return {
    ...guarded,
    folder,
    home,
    put,
    other: () => authority.issue({ names: ['ha.example.com'] }),
    clock,
    wish,
    run: (more: Partial<typeof wish> = {}) => guarded.run({ ...wish, ...more }),
    served: async () =>
      (await guarded.home.outside(new AbortController().signal)).certificate?.fingerprint,
    codes: async () => (await guarded.check(wish)).map(({ code }) => code),
  }
}

const at = (hour: number, minute: number) => new Date(2026, 10, 25, hour, minute)

for (const world of ['store', 'yaml'] as const) {
  test(`${world}: one restart, in the window, and it serves the pair and trusts the edge`, async (t) => {
    const { home, put, run, clock, served, codes, check, wish } = await worldFor(t, world)
    const fingerprint = await put()
    const waits = await run()
    assert.ok(waits.is === 'settled')
    assert.match(waits.left.join(), /between 03:00 and 05:00/)
    assert.equal(home.state.restarts, 0)
    assert.ok((await codes()).includes('home-assistant/rejects-proxy'))
    clock.now = at(3, 0)
    const outcome = await run()
    assert.equal(outcome.is, 'settled', JSON.stringify(outcome))
    assert.equal(home.state.restarts, 1)
    assert.equal(await served(), fingerprint)
    assert.deepEqual(home.state.stable.trusted_proxies, ranges)
    assert.equal(home.state.pending, null)
    const again = await run()
    assert.ok(again.is === 'settled' && again.did.length === 0 && again.left.length === 0)
    assert.deepEqual(
      (await check(wish)).map(({ code }) => code).filter((code) => !code.endsWith('bans-off')),
      [],
    )
  })

  test(`${world}: after a renewal exactly one restart, in the window`, async (t) => {
    const { home, put, run, clock, served, codes } = await worldFor(t, world)
    await put()
    await run({ restartWindow: undefined as never })
    const before = home.state.restarts
    const renewed = await put()
    for (const time of [at(12, 0), at(2, 59), at(5, 0)]) {
      clock.now = time
      const waits = await run()
      assert.ok(waits.is === 'settled')
      assert.match(waits.left.join(), /takes the new certificate with a restart between/)
    }
    assert.equal(home.state.restarts, before)
    assert.deepEqual(
      (await codes()).filter((code) => code === 'home-assistant/restart-due'),
      ['home-assistant/restart-due'],
    )
    for (const time of [at(3, 0), at(3, 1), at(4, 59)]) {
      clock.now = time
      assert.equal((await run()).is, 'settled')
    }
    assert.equal(home.state.restarts, before + 1)
    assert.equal(await served(), renewed)
    assert.ok(!(await codes()).includes('home-assistant/restart-due'))
  })
}

test('a pair that does not belong together never reaches Home Assistant', async (t) => {
  const { home, put, other, run, folder } = await worldFor(t, 'store')
  await put(folder, await other())
  const outcome = await run({ restartWindow: undefined as never })
  assert.ok(outcome.is === 'settled')
  assert.match(outcome.left.join(), /belongs to another key/)
  assert.equal(home.state.restarts, 0)
})

test('where Home Assistant reads another folder, one restart is all it costs', async (t) => {
  const { home, put, run, folder } = await worldFor(t, 'store')
  await put()
  await run({ restartWindow: undefined as never })
  const before = home.state.restarts
  // What we see and renew is not what it reads any more.
  const elsewhere = await mkdtemp(join(folder, 'elsewhere-'))
  await put(elsewhere)
  for (const slot of ['ssl_certificate', 'ssl_key'] as const)
    home.state.stable[slot] = join(elsewhere, slot === 'ssl_key' ? 'privkey.pem' : 'fullchain.pem')
  await put()
  const wish = {
    restartWindow: undefined as never,
    files: { certificate: join(elsewhere, 'fullchain.pem'), key: join(elsewhere, 'privkey.pem') },
  }
  const first = await run(wish)
  assert.ok(first.is === 'unsettled')
  assert.match(first.because, /serves another certificate/)
  for (let i = 0; i < 3; i++) {
    const next = await run(wish)
    assert.ok(next.is === 'settled')
    assert.match(next.left.join(), /serves another one nevertheless/)
  }
  assert.equal(home.state.restarts, before + 1)
})

test('the emergency certificate is known; a good pair and one restart mend it', async (t) => {
  const { home, put, other, run, folder, codes } = await worldFor(t, 'store')
  await put()
  await run({ restartWindow: undefined as never })
  await put(folder, await other())
  await home.restart()
  assert.ok((await codes()).includes('home-assistant/recovery-mode'))
  const restarts = home.state.restarts
  await put()
  const outcome = await run({ restartWindow: undefined as never })
  assert.ok(outcome.is === 'settled', JSON.stringify(outcome))
  assert.equal(home.state.restarts, restarts + 1)
  assert.equal(home.state.recoveryMode, false)
})

test('what Cloudflare gave up is trusted no longer; in YAML it is told', async (t) => {
  for (const world of ['store', 'yaml'] as const) {
    const { home, put, run, check, wish } = await worldFor(t, world)
    await put()
    await run({ restartWindow: undefined as never })
    assert.deepEqual(home.state.stable.trusted_proxies, ranges)
    const [gone = '', kept = ''] = ranges
    const later = { edgeRanges: [kept], formerRanges: [gone], restartWindow: undefined as never }
    const told = (await check({ ...wish, ...later })).filter(({ says }) => says.includes(gone))
    assert.deepEqual(
      told.map(({ code }) => code),
      ['home-assistant/trusts-too-much'],
    )
    const outcome = await run(later)
    assert.equal(outcome.is, 'settled', JSON.stringify(outcome))
    assert.deepEqual(home.state.stable.trusted_proxies, world === 'store' ? [kept] : ranges)
    const again = await run(later)
    assert.ok(again.is === 'settled' && again.did.length === 0)
  }
})
