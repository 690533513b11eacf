import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { z } from 'zod'

import { makeAuthority } from '../../pki.ts'
import {
  codeOf,
  configure,
  forwarded,
  result,
  say,
  settings,
  store,
  until,
  type Home,
  type Start,
} from './home.ts'

/** The http settings as they are since 2026.8: staged, tried, confirmed, or undone. */
export function storeContract(name: string, start: Start): void {
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
      const other = createServer()
      await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
      const taken = z.object({ port: z.number() }).parse(other.address()).port
      assert.equal(codeOf(await configure(home, { ...stable, server_port: taken })), 'bind_failed')
      await new Promise((done) => other.close(done))
    })

    test('a certificate that cannot be used is found at the restart, which goes on with the old settings', async () => {
      const { stable } = await settings(home)
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
