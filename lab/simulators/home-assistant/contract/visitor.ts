import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'

import { z } from 'zod'

import { onboard, owner } from '../../../real/onboard.ts'
import { ask, converse } from '../wire.ts'
import { codeOf, notices, read, result, type Home, type Start } from './home.ts'

/** What anybody sees, before there is an owner and after. */
export function visitorContract(name: string, start: Start): void {
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

    test('a notification is made, replaced and dismissed by its id; one without words is refused', async () => {
      const talk = await converse(home.url, home.token)
      const call = (service: string, data: Readonly<Record<string, unknown>>) =>
        talk.command({
          type: 'call_service',
          domain: 'persistent_notification',
          service,
          service_data: data,
        })
      const shown = async (): Promise<string[]> =>
        z
          .array(z.object({ notification_id: z.string() }))
          .parse(result(await talk.command({ type: 'persistent_notification/get' })))
          .map((each) => each.notification_id)
          .filter((each) => each.startsWith('gatehouse_'))
      const id = { notification_id: 'gatehouse_some_code' }
      assert.ok('result' in (await call('create', { ...id, message: 'words' })))
      await call('create', { ...id, title: 'again', message: 'other words' })
      assert.deepEqual(await shown(), ['gatehouse_some_code'])
      const refused = await call('create', id)
      assert.equal(codeOf(refused), 'invalid_format')
      assert.ok('result' in (await call('dismiss', { notification_id: 'nobody' })))
      assert.ok('result' in (await call('dismiss', id)))
      assert.deepEqual(await shown(), [])
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
}
