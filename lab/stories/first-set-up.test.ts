import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { forwardPlainHttp } from '../demo/mistakes.ts'
import { startWorld, type World, type WorldOptions } from '../world/world.ts'

async function worldFor(t: TestContext, options: WorldOptions = {}): Promise<World> {
  const world = await startWorld(options)
  t.after(() => world.close())
  return world
}

type Verdict = {
  verdict: string
  proofs: { code: string; outcome: string; because: string[]; evidence: unknown[] }[]
}

const verdictOf = (stdout: string) => JSON.parse(stdout) as Verdict
const brokenIn = ({ proofs }: Verdict) =>
  proofs.filter(({ outcome }) => outcome === 'broken').map(({ code }) => code)

/** Everything the program wrote into its data folder, as text. */
async function everythingIn(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter((each) => each.isFile())
  return (
    await Promise.all(files.map((each) => readFile(join(each.parentPath, each.name), 'latin1')))
  ).join('\n')
}

test(
  'a first set-up: shown, done, proven, with nothing left to do, and put back',
  { timeout: 120_000 },
  async (t) => {
    const world = await worldFor(t)
    const said: string[] = []
    const run = async (...argv: string[]) => {
      const finished = await world.run(argv)
      said.push(finished.stdout, finished.stderr)
      return finished
    }

    const plan = await run('plan', '--json')
    assert.equal(plan.code, 2, plan.stderr)
    const { safeguards } = JSON.parse(plan.stdout) as {
      safeguards: { name: string; steps: { says: string; does: unknown }[]; left: string[] }[]
    }
    assert.deepEqual(
      safeguards.map(({ name }) => name),
      ['home-assistant', 'certificate', 'edge-rules', 'port-forward', 'dns-record', 'origin-pulls'],
    )
    assert.ok(
      safeguards.every(({ steps }) =>
        steps.every(({ says, does }) => says !== '' && does !== undefined),
      ),
    )

    const refused = await run('apply')
    assert.equal(refused.code, 64)
    assert.match(refused.stderr, /--yes/)
    assert.deepEqual(world.zone.records, [])

    const applied = await run('apply', '--yes')
    assert.equal(applied.code, 0, applied.stdout + applied.stderr)
    await world.start(['run'], /serves/)
    const proven = await run('verify', '--json')
    const verdict = verdictOf(proven.stdout)
    assert.equal(
      verdict.verdict,
      'held',
      JSON.stringify(verdict.proofs.filter(({ outcome }) => outcome !== 'held')),
    )
    assert.equal(proven.code, 0)
    assert.ok(verdict.proofs.every(({ evidence }) => evidence.length > 0))
    assert.equal(world.homeAssistant.state.loginNotices, 0)

    assert.equal((await run('plan')).code, 0)
    assert.deepEqual(JSON.parse((await run('apply', '--json')).stdout), { safeguards: [] })

    // Home Assistant's own record shows the visitor, never us.
    const visitors = new Set(
      world.homeAssistant.state.seen
        .filter(({ path }) => path === '/auth/providers')
        .map(({ visitor }) => visitor),
    )
    assert.ok(visitors.has('198.51.100.9'))

    const written = await everythingIn(join(world.folder, 'gatehouse-data'))
    for (const token of [
      world.token.value,
      world.homeAssistant.token,
      ...world.cloudflare.state.tokens.map(({ value }) => value),
    ]) {
      assert.ok(!said.join().includes(token), 'a token was said')
      assert.ok(!written.includes(token), 'a token was written')
    }

    // The setup token is deleted after `apply`, as the guide says: the one that stays sees that all still stands.
    const { value: setupToken } = world.cloudflare.state.tokens[1] ?? { value: '' }
    world.cloudflare.state.tokens.pop()
    await writeFile(
      world.configuration,
      (await readFile(world.configuration, 'utf8')).replace(/.*setup_token_file.*\n/, ''),
    )
    const later = verdictOf((await run('verify', '--json')).stdout)
    assert.equal(
      later.verdict,
      'held',
      JSON.stringify(later.proofs.filter(({ outcome }) => outcome !== 'held')),
    )
    assert.equal((await run('plan')).code, 0)
    assert.equal((await run('token', 'check')).code, 0)
    world.cloudflare.state.tokens.push({
      ...world.token,
      id: 'setup',
      value: setupToken,
      scopes: [
        'zone:read',
        'dns:edit',
        'ssl_and_certificates:edit',
        'zone_settings:edit',
        'config_settings:edit',
        'zone_waf:edit',
        'cache_settings:edit',
        'dynamic_url_redirects:edit',
        'bot_management:edit',
      ],
    })
    await writeFile(
      world.configuration,
      (await readFile(world.configuration, 'utf8')).replace(
        'token_file: cloudflare.token',
        'token_file: cloudflare.token\n  setup_token_file: setup.token',
      ),
    )

    const undone = await run('undo', '--all', '--yes')
    assert.equal(undone.code, 0, undone.stderr)
    assert.deepEqual(world.zone.records, [])
    assert.deepEqual(
      [...world.zone.rulesets.values()].flatMap(({ rules }) => rules),
      [],
    )
    assert.equal(world.zone.pulls.associations.size, 0)
    assert.equal(world.zone.pulls.certificates.length, 0)
  },
)

test(
  'what breaks is caught, at its link, with its symptoms folded under it',
  { timeout: 120_000 },
  async (t) => {
    const world = await worldFor(t)
    assert.equal((await world.run(['apply', '--yes'])).code, 0)
    const keeper = await world.start(['run'], /serves/)
    const verify = async () => {
      const finished = await world.run(['verify', '--json'])
      return { ...verdictOf(finished.stdout), code: finished.code }
    }

    const forwarded = await forwardPlainHttp(world)
    const open = await verify()
    await forwarded.close()
    assert.equal(open.code, 2)
    assert.deepEqual(brokenIn(open), ['origin/open', 'origin/plain-http'])

    world.zone.records.push({
      id: 'leak',
      type: 'A',
      name: 'vpn.example.com',
      content: world.addresses.home,
      proxied: false,
      ttl: 1,
      comment: null,
      createdOn: '',
      modifiedOn: '',
    })
    assert.deepEqual(brokenIn(await verify()), ['dns/leaks-address'])
    world.zone.records.pop()

    world.zone.paused = true
    const paused = await verify()
    assert.ok(brokenIn(paused).includes('zone/paused'))
    assert.ok(brokenIn(paused).includes('dns/answers-home-address'))
    assert.deepEqual(
      paused.proofs.find(({ code }) => code === 'dns/answers-home-address')?.because,
      ['zone/paused'],
    )
    world.zone.paused = false

    world.zone.settings.set('websockets', { value: 'off', editable: true })
    const mute = await verify()
    assert.deepEqual(brokenIn(mute).sort(), ['edge/websockets-off', 'home-assistant/websocket'])
    world.zone.settings.set('websockets', { value: 'on', editable: true })

    // A home that is off the net is closed too: that is no proof, and it must not count as one.
    keeper.kill('SIGTERM')
    await new Promise((resolve) => keeper.on('exit', resolve))
    const dark = await verify()
    assert.ok(brokenIn(dark).includes('origin/not-reached'))
    assert.equal(dark.proofs.find(({ code }) => code === 'origin/open')?.outcome, 'unknown')
  },
)

test(
  'another customer of Cloudflare comes from the same addresses, and gets nothing',
  { timeout: 60_000 },
  async (t) => {
    const world = await worldFor(t, { withVantage: false })
    assert.equal((await world.run(['apply', '--yes'])).code, 0)
    await world.start(['run'], /serves/)
    const evil = world.cloudflare.zone('evil.example', world.cloudflare.account('somebody else'))
    const record = {
      id: 'evil',
      type: 'A',
      content: world.addresses.home,
      proxied: true,
      ttl: 1,
      comment: null,
      createdOn: '',
      modifiedOn: '',
    }
    evil.records.push({ ...record, name: 'evil.example' })
    // The keeper looks at Home Assistant too, but never as a visitor from outside.
    const visits = () =>
      world.homeAssistant.state.seen.filter(({ visitor }) => visitor === '198.51.100.9').length
    const before = visits()
    // Without a certificate, and with the one that all customers share; the certificate of the origin unchecked.
    for (const shared of ['off', 'on']) {
      evil.settings.set('tls_client_auth', { value: shared, editable: true })
      const answer = await askEdge({
        address: world.addresses.edge,
        port: world.port,
        name: 'evil.example',
        path: '/',
        ca: world.publicAuthority.certificatePem,
      })
      assert.ok(answer >= 520, `${shared}: ${answer}`)
    }
    assert.equal(visits(), before)
  },
)

test('without a vantage nothing is claimed that nobody saw', { timeout: 60_000 }, async (t) => {
  const world = await worldFor(t, { withVantage: false })
  assert.equal((await world.run(['apply', '--yes'])).code, 0)
  await world.start(['run'], /serves/)
  const finished = await world.run(['verify', '--json'])
  assert.equal(finished.code, 3)
  assert.equal(verdictOf(finished.stdout).verdict, 'unknown')
})

test(
  'killed after any step of apply, the next run converges and nothing was ever exposed',
  { timeout: 170_000 },
  async (t) => {
    for (const steps of [0, 2, 4, 9, 11, 13, 16]) {
      const world = await worldFor(t, { withVantage: false })
      await killAfter(world, steps)
      const again = await world.run(['apply', '--yes'])
      assert.equal(again.code, 0, `${steps}: ${again.stdout}${again.stderr}`)
      assert.equal((await world.run(['plan'])).code, 0)
      assert.equal(world.zone.records.length, 1)
      assert.equal(world.zone.pulls.certificates.length, 1)
      for (const { rules } of world.zone.rulesets.values()) assert.equal(rules.length, 1)
      for (const moment of world.zone.history)
        assert.ok(moment.every((record) => record.type === 'TXT' || record.proxied))
      await world.close()
    }
  },
)

/** kill -9, as a power cut is: right after so many steps were reported as done. */
async function killAfter(world: World, steps: number): Promise<void> {
  const child = await world.start(['apply', '--yes'], /home-assistant/)
  let said = ''
  const look = (chunk: Buffer) => {
    said += chunk.toString()
    if (said.split('✓').length > steps) child.kill('SIGKILL')
  }
  look(Buffer.from(''))
  child.stdout?.on('data', look)
  if (child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => child.on('exit', resolve))
}

function askEdge({
  address,
  port,
  name,
  path,
  ca,
}: {
  address: string
  port: number
  name: string
  path: string
  ca: string
}): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: address, port, path, servername: name, ca, agent: false, headers: { host: name } },
      (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}
