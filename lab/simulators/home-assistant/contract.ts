import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { z } from 'zod'

import { onboard, owner } from '../../real/onboard.ts'
import { ask, converse, type Conversation, type Reply } from './wire.ts'

export type Home = {
  readonly url: string
  readonly port: number
  readonly version: string
  /** Of the owner; empty before there is one. */
  readonly token: string
  /** A folder whose files Home Assistant can read. */
  readonly folder: string
  /** Makes `configuration.yaml` one that no check passes, or good again. */
  breakConfiguration(broken: boolean): Promise<void>
  /** Before 2026.8: puts these into `http:` and leaves the rest. */
  writeYaml(http: Readonly<Record<string, unknown>>): Promise<void>
  close(): Promise<void>
}

export type Start = (options: {
  readonly onboarded?: boolean
  readonly trialSeconds?: number
}) => Promise<Home>

/** Restart and boot, at the slowest. Milliseconds. */
const bootMs = 90_000

/**
 * What Gatehouse relies on of a Home Assistant. It runs against the real ones and against the simulator: where
 * the simulator differs, the simulator is wrong.
 */
export function contract(name: string, world: 'store' | 'yaml', start: Start): void {
  suite(`${name}: a new home`, () => {
    let home: Home
    before(async () => (home = await start({ onboarded: false })))
    after(() => home.close())

    test('says to everybody that it has no owner', async () => {
      const first = await ask(home.url, '/')
      assert.equal(first.status, 302)
      assert.equal(first.headers['location'], '/onboarding.html')
      const providers = await ask(home.url, '/auth/providers')
      assert.equal(providers.status, 400)
      assert.equal(read(providers.text)['code'], 'onboarding_required')
      const steps = await ask(home.url, '/api/onboarding')
      assert.equal(steps.status, 200)
      assert.deepEqual(JSON.parse(steps.text)[0], { step: 'user', done: false })
    })

    test('takes the first who comes as its owner, and nobody after', async () => {
      const token = await onboard(home.url)
      assert.equal((await ask(home.url, '/')).status, 200)
      assert.equal((await ask(home.url, '/auth/providers')).status, 200)
      const steps = await ask(home.url, '/api/onboarding')
      assert.equal(steps.status, 200)
      assert.ok(z.array(z.object({ done: z.literal(true) })).parse(JSON.parse(steps.text)))
      const again = await ask(home.url, '/api/onboarding/users', {
        json: { client_id: home.url, name: 'Second', language: 'en', username: 'b', password: 'b' },
      })
      assert.equal(again.status, 403)
      const talk = await converse(home.url, token)
      const user = z
        .object({ is_owner: z.literal(true), is_admin: z.literal(true) })
        .safeParse(result(await talk.command({ type: 'auth/current_user' })))
      assert.ok(user.success)
      talk.close()
    })
  })

  suite(`${name}: what anybody sees`, () => {
    let home: Home
    before(async () => (home = await start({})))
    after(() => home.close())

    test('the page, the manifest, the ways to sign in', async () => {
      const page = await ask(home.url, '/')
      assert.equal(page.status, 200)
      assert.match(page.text, /<title>Home Assistant<\/title>/)
      assert.equal(page.headers['x-frame-options'], 'SAMEORIGIN')
      const manifest = await ask(home.url, '/manifest.json')
      assert.equal(manifest.status, 200)
      assert.equal(read(manifest.text)['name'], 'Home Assistant')
      const providers = read((await ask(home.url, '/auth/providers')).text)
      assert.equal(providers['preselect_remember_me'], true)
      assert.deepEqual(providers['providers'], [
        { name: 'Home Assistant Local', id: null, type: 'homeassistant' },
      ])
      const nothing = await ask(home.url, '/nothing')
      assert.equal(nothing.status, 404)
      assert.equal(nothing.text, '404: Not Found')
    })

    test('the WebSocket speaks first, and says the version', async () => {
      const talk = await converse(home.url, home.token)
      assert.deepEqual(
        talk.greeting.map(({ type }) => type),
        ['auth_required', 'auth_ok'],
      )
      assert.equal(talk.greeting[0]?.ha_version, home.version)
      talk.close()
    })

    test('looking makes no notice; an authenticated path without a token, and a wrong one, do', async () => {
      for (const path of ['/', '/manifest.json', '/auth/providers', '/api/onboarding'])
        await ask(home.url, path)
      await ask(home.url, '/manifest.json', { headers: { 'x-forwarded-for': '198.18.0.1' } })
      const talk = await converse(home.url, home.token)
      assert.deepEqual(await notices(talk), [])
      assert.equal((await ask(home.url, '/api/config')).status, 401)
      assert.deepEqual(await notices(talk), ['http-login'])
      await talk.command({
        type: 'call_service',
        domain: 'persistent_notification',
        service: 'dismiss_all',
      })
      assert.deepEqual(await notices(talk), [])
      const refused = await converse(home.url, 'not a token')
      assert.equal(refused.greeting[1]?.type, 'auth_invalid')
      assert.deepEqual(await notices(talk), ['http-login'])
      talk.close()
    })

    test('a wrong password is answered 200, and makes a notice too; the right one gives a code', async () => {
      const talk = await converse(home.url, home.token)
      await talk.command({
        type: 'call_service',
        domain: 'persistent_notification',
        service: 'dismiss_all',
      })
      const client = `${home.url}/`
      const tryPassword = async (password: string) => {
        const begun = await ask(home.url, '/auth/login_flow', {
          json: { client_id: client, handler: ['homeassistant', null], redirect_uri: client },
        })
        assert.equal(begun.status, 200)
        const { flow_id: flow, step_id: step } = read(begun.text)
        assert.equal(step, 'init')
        return await ask(home.url, `/auth/login_flow/${String(flow)}`, {
          json: { client_id: client, username: owner.username, password },
        })
      }
      assert.deepEqual(await notices(talk), [])
      const wrong = await tryPassword('wrong')
      assert.equal(wrong.status, 200)
      assert.deepEqual(read(wrong.text)['errors'], { base: 'invalid_auth' })
      assert.deepEqual(await notices(talk), ['http-login'])
      const right = read((await tryPassword(owner.password)).text)
      assert.equal(right['type'], 'create_entry')
      const tokens = await ask(home.url, '/auth/token', {
        form: {
          grant_type: 'authorization_code',
          code: String(right['result']),
          client_id: client,
        },
      })
      assert.equal(tokens.status, 200)
      assert.equal(typeof read(tokens.text)['access_token'], 'string')
      talk.close()
    })
  })

  suite(`${name}: what the owner sees`, () => {
    let home: Home
    let talk: Conversation
    before(async () => {
      home = await start({})
      talk = await converse(home.url, home.token)
    })
    after(async () => {
      talk.close()
      await home.close()
    })

    test('the core, by WebSocket and by request', async () => {
      const core = z
        .object({
          version: z.literal(home.version),
          state: z.literal('RUNNING'),
          external_url: z.null(),
          recovery_mode: z.literal(false),
          safe_mode: z.literal(false),
        })
        .strip()
      assert.ok(core.parse(result(await talk.command({ type: 'get_config' }))))
      const config = await ask(home.url, '/api/config', { headers: bearer(home) })
      assert.ok(core.parse(JSON.parse(config.text)))
    })

    test('a command it does not know is said so', async () => {
      assert.deepEqual(
        codeOf(await talk.command({ type: 'nothing/of/the/kind' })),
        'unknown_command',
      )
      if (world === 'yaml')
        assert.equal(codeOf(await talk.command({ type: 'http/config' })), 'unknown_command')
    })

    test('the external URL, set and taken away; an address with a path is refused', async () => {
      const set = (url: string | null) =>
        talk.command({ type: 'config/core/update', external_url: url })
      const now = async () =>
        read(JSON.stringify(result(await talk.command({ type: 'get_config' }))))['external_url']
      result(await set('https://ha.example.com'))
      assert.equal(await now(), 'https://ha.example.com')
      assert.equal(codeOf(await set('https://ha.example.com/path')), 'invalid_format')
      result(await set(null))
      assert.equal(await now(), null)
    })

    test('the users, without a word about their second factor; one knows of oneself', async () => {
      const users = z
        .array(
          z.object({
            id: z.string(),
            username: z.string().nullable(),
            name: z.string(),
            is_owner: z.boolean(),
            is_active: z.boolean(),
            local_only: z.boolean(),
            system_generated: z.boolean(),
            group_ids: z.array(z.string()),
            credentials: z.array(z.object({ type: z.string() })),
          }),
        )
        .parse(result(await talk.command({ type: 'config/auth/list' })))
      const own = users.filter(({ system_generated: system }) => !system)
      assert.deepEqual(
        own.map(({ username, is_owner: isOwner }) => [username, isOwner]),
        [[owner.username, true]],
      )
      assert.doesNotMatch(JSON.stringify(users), /mfa/)
      const me = z
        .object({
          id: z.string(),
          mfa_modules: z.array(z.object({ id: z.string(), enabled: z.boolean() })),
        })
        .parse(result(await talk.command({ type: 'auth/current_user' })))
      assert.equal(me.id, own[0]?.id)
      assert.deepEqual(
        me.mfa_modules.map(({ id, enabled }) => [id, enabled]),
        [['totp', false]],
      )
    })

    test('the repairs are a list', async () => {
      const repairs = z.object({
        issues: z.array(z.object({ domain: z.string(), issue_id: z.string() })),
      })
      const { issues } = repairs.parse(result(await talk.command({ type: 'repairs/list_issues' })))
      assert.deepEqual(
        issues.filter(({ domain }) => domain === 'http'),
        [],
      )
    })

    test('a configuration that is not valid is named, and no restart comes of it', async () => {
      const check = async () =>
        read(
          (
            await ask(home.url, '/api/config/core/check_config', {
              method: 'POST',
              headers: bearer(home),
            })
          ).text,
        )
      assert.deepEqual(await check(), { result: 'valid', errors: null, warnings: null })
      await home.breakConfiguration(true)
      const broken = await check()
      assert.equal(broken['result'], 'invalid')
      assert.match(String(broken['errors']), /Invalid config for 'homeassistant'/)
      const restart = await ask(home.url, '/api/services/homeassistant/restart', {
        json: {},
        headers: bearer(home),
      })
      assert.equal(restart.status, 500)
      await home.breakConfiguration(false)
      assert.equal((await check())['result'], 'valid')
    })
  })

  suite(`${name}: behind a proxy`, () => {
    let home: Home
    before(async () => {
      home = await start({})
    })
    after(() => home.close())

    test('by default, whatever says it was forwarded is refused, and the log says from whom', async () => {
      const refused = await forwarded(home, '198.18.0.1', { from: '127.0.0.7' })
      assert.equal(refused.status, 400)
      assert.equal(refused.text, '400: Bad Request')
      assert.equal((await ask(home.url, '/manifest.json', { from: '127.0.0.7' })).status, 200)
      const log = await ask(home.url, '/api/error_log', { headers: bearer(home) })
      assert.match(
        log.text,
        /A request from a reverse proxy was received from 127\.0\.0\.7, but your HTTP integration is not set-up for reverse proxies/,
      )
    })

    test('a proxy that is trusted says who the visitor is', async () => {
      await setProxies(home, world, ['127.0.0.1/32', '192.0.2.0/24'])
      // Of each: what the proxy says, and whether the visitor is one of the house. `refused` is a 400.
      const cases: readonly [string | readonly string[], boolean | 'refused', object?][] = [
        ['198.18.0.1', false],
        ['2001:db8::1', false],
        ['10.0.0.5', true],
        ['fd00::5', true],
        ['198.18.0.1, 192.0.2.9', false],
        ['10.0.0.5, 192.0.2.9', true],
        ['10.0.0.5, 198.18.0.1', false],
        ['198.18.0.1, 10.0.0.5', true],
        [['198.18.0.1', '10.0.0.5'], true],
        ['192.0.2.1, 192.0.2.2', false],
        ['127.0.0.1', true],
        ['', 'refused'],
        ['nobody', 'refused'],
        ['198.18.0.1:443', 'refused'],
        ['198.18.0.1, ', 'refused'],
        ['198.18.0.1', false, { 'x-forwarded-proto': 'https' }],
        ['198.18.0.1', 'refused', { 'x-forwarded-proto': 'https, http' }],
        ['198.18.0.1, 192.0.2.9', false, { 'x-forwarded-proto': 'https, http' }],
        ['198.18.0.1', 'refused', { 'x-forwarded-proto': '' }],
        ['198.18.0.1, 192.0.2.9', 'refused', { 'x-forwarded-proto': 'https,' }],
        ['198.18.0.1', false, { 'x-forwarded-host': 'ha.example.com' }],
        ['198.18.0.1', 'refused', { 'x-forwarded-host': '' }],
        // The edge says it too; nobody listens.
        ['198.18.0.1', false, { 'cf-connecting-ip': '10.0.0.5' }],
      ]
      for (const [chain, atHome, headers] of cases) {
        const answer = await forwarded(home, chain, { headers })
        const seen = answer.status === 400 ? 'refused' : read(answer.text)['preselect_remember_me']
        assert.equal(seen, atHome, `${JSON.stringify(chain)} ${JSON.stringify(headers)}`)
      }
      // Without the header the peer is the visitor.
      assert.equal(
        read((await ask(home.url, '/auth/providers')).text)['preselect_remember_me'],
        true,
      )
    })

    test('from anybody else it is refused, and the log says from whom', async () => {
      assert.equal((await forwarded(home, '198.18.0.1', { from: '127.0.0.7' })).status, 400)
      const log = await ask(home.url, '/api/error_log', { headers: bearer(home) })
      assert.match(log.text, /Received X-Forwarded-For header from an untrusted proxy 127\.0\.0\.7/)
      const told = z
        .array(z.object({ name: z.string(), message: z.array(z.string()) }))
        .parse(result(await say(home, { type: 'system_log/list' })))
        .filter(({ name: logger }) => logger === 'homeassistant.components.http.forwarded')
      assert.ok(
        told.some(({ message }) =>
          message.includes('Received X-Forwarded-For header from an untrusted proxy 127.0.0.7'),
        ),
      )
    })

    test('the WebSocket obeys the same rules', async () => {
      const open = (from: string) =>
        ask(home.url, '/api/websocket', {
          from,
          headers: {
            connection: 'Upgrade',
            upgrade: 'websocket',
            'sec-websocket-version': '13',
            'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
            'x-forwarded-for': '198.18.0.1',
          },
        })
      assert.equal((await open('127.0.0.1')).status, 101)
      assert.equal((await open('127.0.0.7')).status, 400)
    })

    test('after a threshold of failures a visitor is banned, and no other', async () => {
      await setHttp(home, world, { login_attempts_threshold: 2, ip_ban_enabled: true })
      const fails = () =>
        ask(home.url, '/api/config', { headers: { 'x-forwarded-for': '198.18.0.66' } })
      assert.equal((await fails()).status, 401)
      assert.equal((await fails()).status, 401)
      assert.equal((await fails()).status, 403)
      const page = (visitor: string) =>
        ask(home.url, '/manifest.json', { headers: { 'x-forwarded-for': visitor } })
      assert.equal((await page('198.18.0.66')).status, 403)
      assert.equal((await page('198.18.0.67')).status, 200)
      const talk = await converse(home.url, home.token)
      assert.deepEqual((await notices(talk)).toSorted(), ['http-login', 'ip-ban'])
      talk.close()
    })
  })

  if (world === 'store') storeContract(name, start)
}

/** The http settings as they are since 2026.8: staged, tried, confirmed, or undone. */
function storeContract(name: string, start: Start): void {
  suite(`${name}: the store of the http settings`, () => {
    let home: Home
    before(async () => (home = await start({ trialSeconds: 15 })))
    after(() => home.close())

    test('nothing is on trial, and nothing to confirm', async () => {
      const { stable, pending, revert_at: revertAt, active_config_type: active } = await store(home)
      assert.equal(stable.server_port, home.port)
      assert.equal(stable.error, null)
      assert.equal(pending, null)
      assert.equal(revertAt, null)
      assert.equal(active, 'stable')
      assert.equal(codeOf(await say(home, { type: 'http/config/promote' })), 'not_allowed')
    })

    test('what it would not run with is refused before anything happens', async () => {
      const { stable, active } = await settings(home)
      assert.equal(active, 'stable')
      const refused = async (more: Record<string, unknown>) =>
        codeOf(await configure(home, { ...stable, ...more }))
      assert.equal(await refused({ created_at: 'now' }), 'invalid_format')
      assert.equal(await refused({ nonsense: true }), 'invalid_format')
      assert.equal(
        await refused({ use_x_forwarded_for: true, trusted_proxies: ['192.0.2.1/24'] }),
        'invalid_format',
      )
      assert.equal(await refused({ ssl_certificate: '/nowhere.pem' }), 'invalid_format')
      assert.equal((await store(home)).pending, null)
    })

    test('settings as they are: no restart', async () => {
      const { stable } = await settings(home)
      assert.deepEqual(result(await configure(home, stable)), { restart: false })
      assert.deepEqual(result(await configure(home, null)), { restart: false })
    })

    test('tried and confirmed, they stay; a bare address comes back as a network', async () => {
      const { stable } = await settings(home)
      const wanted = { ...stable, use_x_forwarded_for: true, trusted_proxies: ['127.0.0.1'] }
      assert.deepEqual(result(await configure(home, wanted)), { restart: true })
      const tried = await until(home, ({ active_config_type: active }) => active === 'pending')
      assert.deepEqual(tried.pending?.trusted_proxies, ['127.0.0.1/32'])
      assert.equal(tried.pending?.error, null)
      assert.equal(tried.stable.trusted_proxies, undefined)
      assert.ok(Date.parse(tried.revert_at ?? '') > Date.parse(tried.pending?.created_at ?? ''))
      assert.equal((await forwarded(home, '198.18.0.1')).status, 200)
      // Asked for again while on trial, nothing changes.
      assert.deepEqual(
        result(await configure(home, { ...wanted, trusted_proxies: ['127.0.0.1/32'] })),
        { restart: false },
      )
      result(await say(home, { type: 'http/config/promote' }))
      const kept = await store(home)
      assert.equal(kept.active_config_type, 'stable')
      assert.equal(kept.pending, null)
      assert.equal(kept.revert_at, null)
      assert.deepEqual(kept.stable.trusted_proxies, ['127.0.0.1/32'])
      assert.equal(codeOf(await say(home, { type: 'http/config/promote' })), 'not_allowed')
    })

    test('not confirmed, it restarts into the old ones by itself, and keeps the new ones as failed', async () => {
      const { stable } = await settings(home)
      const wanted = { ...stable, trusted_proxies: ['192.0.2.7/32'] }
      assert.deepEqual(result(await configure(home, wanted)), { restart: true })
      await until(home, ({ active_config_type: active }) => active === 'pending')
      assert.equal((await forwarded(home, '198.18.0.1')).status, 400)
      const back = await until(
        home,
        ({ active_config_type: active, pending }) => active === 'stable' && pending !== null,
      )
      assert.equal(back.pending?.error, 'not_promoted')
      assert.equal(back.revert_at, null)
      assert.deepEqual(back.stable.trusted_proxies, ['127.0.0.1/32'])
      assert.equal((await forwarded(home, '198.18.0.1')).status, 200)
      assert.equal(codeOf(await say(home, { type: 'http/config/promote' })), 'not_allowed')
      // The same again is a new trial; taking it back restarts once more.
      assert.deepEqual(result(await configure(home, wanted)), { restart: true })
      await until(home, ({ active_config_type: active }) => active === 'pending')
      assert.deepEqual(result(await configure(home, null)), { restart: true })
      await until(
        home,
        ({ active_config_type: active, pending }) => active === 'stable' && pending === null,
      )
    })

    test('with a configuration that is not valid they are armed for the next restart', async () => {
      const { stable } = await settings(home)
      await home.breakConfiguration(true)
      const armed = { ...stable, login_attempts_threshold: 9 }
      assert.deepEqual(result(await configure(home, armed)), { restart: true })
      await sleep(1500)
      const waiting = await store(home)
      assert.equal(waiting.active_config_type, 'stable')
      assert.equal(waiting.pending?.login_attempts_threshold, 9)
      assert.equal(waiting.pending?.error, null)
      assert.equal(waiting.revert_at, null)
      // Taken back before anybody restarts.
      result(await configure(home, null))
      assert.equal((await store(home)).pending, null)
      await home.breakConfiguration(false)
    })

    test('a port that is taken is refused', async () => {
      const { stable } = await settings(home)
      const { createServer } = await import('node:net')
      const other = createServer()
      await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
      const taken = z.object({ port: z.number() }).parse(other.address()).port
      assert.equal(codeOf(await configure(home, { ...stable, server_port: taken })), 'bind_failed')
      await new Promise((done) => other.close(done))
    })

    test('a certificate that cannot be used is found at the restart, which goes on with the old settings', async () => {
      const { stable } = await settings(home)
      const { writeFile } = await import('node:fs/promises')
      const { join } = await import('node:path')
      const { makeAuthority } = await import('../pki.ts')
      const authority = await makeAuthority('Lab CA')
      const [one, other] = await Promise.all([
        authority.issue({ names: ['ha.example.com'] }),
        authority.issue({ names: ['ha.example.com'] }),
      ])
      const certificate = join(home.folder, 'fullchain.pem')
      const key = join(home.folder, 'privkey.pem')
      await writeFile(certificate, one.certificatePem)
      await writeFile(key, other.keyPem)
      const wanted = { ...stable, ssl_certificate: certificate, ssl_key: key }
      assert.deepEqual(result(await configure(home, wanted)), { restart: true })
      const back = await until(home, ({ pending }) => pending?.error === 'apply_failed')
      assert.equal(back.active_config_type, 'stable')
      assert.match(back.pending?.error_message ?? '', /Could not use SSL certificate/)
      result(await configure(home, null))
      await until(home, ({ pending }) => pending === null)
    })
  })
}

const slot = z.looseObject({
  server_port: z.number(),
  trusted_proxies: z.array(z.string()).optional(),
  login_attempts_threshold: z.number(),
  created_at: z.string(),
  error: z.string().nullable(),
  error_message: z.string().nullable(),
})
const storeShape = z.strictObject({
  stable: slot,
  pending: slot.nullable(),
  revert_at: z.string().nullable(),
  active_config_type: z.string(),
  default: slot,
})
type Store = z.output<typeof storeShape>

/** One command in a conversation of its own. */
async function say(home: Home, command: { type: string; [key: string]: unknown }): Promise<Reply> {
  const talk = await converse(home.url, home.token)
  try {
    return await talk.command(command)
  } finally {
    talk.close()
  }
}

const store = async (home: Home): Promise<Store> =>
  storeShape.parse(result(await say(home, { type: 'http/config' })))

/** The settings in use, as `configure` takes them. */
async function settings(home: Home): Promise<{ stable: Record<string, unknown>; active: string }> {
  const { stable, active_config_type: active } = await store(home)
  const { created_at: _at, error: _error, error_message: _says, ...rest } = stable
  return { stable: rest, active }
}

/** It is refused while Home Assistant still starts; then it is asked again. */
async function configure(home: Home, config: Record<string, unknown> | null): Promise<Reply> {
  const deadline = performance.now() + bootMs
  while (true) {
    const reply = await say(home, { type: 'http/config/configure', config })
    if (!('code' in reply) || reply.code !== 'not_running' || performance.now() > deadline)
      return reply
    await sleep(100)
  }
}

async function until(home: Home, wished: (store: Store) => boolean): Promise<Store> {
  const deadline = performance.now() + bootMs
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const now = await store(home)
      if (wished(now)) return now
      last = now
    } catch (error) {
      last = error
    }
    await sleep(50)
  }
  assert.fail(`it did not come to that: ${JSON.stringify(last)}`)
}

/** Changes the http settings the way this world has. */
async function setHttp(
  home: Home,
  world: 'store' | 'yaml',
  more: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (world === 'yaml') {
    await home.writeYaml(more)
    await restarted(home)
    return
  }
  const { stable } = await settings(home)
  result(await configure(home, { ...stable, ...more }))
  await until(home, ({ active_config_type: active }) => active === 'pending')
  result(await say(home, { type: 'http/config/promote' }))
}

const setProxies = (home: Home, world: 'store' | 'yaml', proxies: readonly string[]) =>
  setHttp(home, world, { use_x_forwarded_for: true, trusted_proxies: proxies })

async function restarted(home: Home): Promise<void> {
  const deadline = performance.now() + bootMs
  let asked = Number.NEGATIVE_INFINITY
  let wasAway = false
  while (performance.now() < deadline) {
    // Right after a boot it may refuse, or overhear, to be restarted: then it is asked again.
    if (!wasAway && performance.now() - asked > 15_000) {
      asked = performance.now()
      await askToRestart(home)
    }
    const status = await ask(home.url, '/manifest.json').then(
      (answer) => answer.status,
      () => 0,
    )
    if (status === 0) wasAway = true
    if (status === 200 && wasAway) return
    await sleep(10)
  }
  assert.fail('it did not restart')
}

async function askToRestart(home: Home): Promise<void> {
  try {
    const talk = await converse(home.url, home.token)
    await talk
      .command({ type: 'call_service', domain: 'homeassistant', service: 'restart' })
      .catch(() => undefined)
    talk.close()
  } catch {
    // It is going down already.
  }
}

const forwarded = (
  home: Home,
  chain: string | readonly string[],
  more: { from?: string; headers?: object | undefined } = {},
) =>
  ask(home.url, '/auth/providers', {
    ...(more.from === undefined ? {} : { from: more.from }),
    headers: { 'x-forwarded-for': chain, ...more.headers },
  })

const bearer = (home: Home) => ({ authorization: `Bearer ${home.token}` })

const read = (text: string): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(text))

function result(reply: Reply): unknown {
  assert.ok('result' in reply, JSON.stringify(reply))
  return reply.result
}

const codeOf = (reply: Reply): string => ('code' in reply ? reply.code : 'accepted')

/** The ids of what it tells its owner. A failed sign-in is told a moment after it was answered. */
async function notices(talk: Conversation): Promise<string[]> {
  await sleep(300)
  const told = z
    .array(z.object({ notification_id: z.string() }))
    .parse(result(await talk.command({ type: 'persistent_notification/get' })))
  return told.map(({ notification_id: id }) => id).filter((id) => /^(http-login|ip-ban)$/.test(id))
}
