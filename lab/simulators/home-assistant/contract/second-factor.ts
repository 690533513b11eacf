import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'

import { z } from 'zod'

import { owner } from '../../../real/onboard.ts'
import { authorize, takeStep } from '../browser.ts'
import { result, type Home, type Start } from './home.ts'
import { totp } from '../totp.ts'
import { ask, converse } from '../wire.ts'

/**
 * What Gatehouse relies on where users show their second factor, against the real Home Assistant and the simulator.
 * `pkce`: this version holds a client to its challenge (from 2026.11).
 */
export function secondFactorContract(name: string, pkce: boolean, start: Start): void {
  suite(`${name}: the second factor`, () => {
    const client = 'http://127.0.0.1:8099/'
    let home: Home
    let secret = ''
    before(async () => (home = await start({})))
    after(() => home.close())

    const query = (more: Record<string, string> = {}) =>
      new URL(
        `${home.url}/auth/authorize?${new URLSearchParams({ response_type: 'code', client_id: client, redirect_uri: `${client}signed-in`, ...more }).toString()}`,
      )
    const codeFor = async (more: Record<string, string> = {}) =>
      new URL(await authorize(query(more), { ...owner, secret })).searchParams.get('code') ?? ''
    const exchange = (code: string, more: Record<string, string> = {}) =>
      ask(home.url, '/auth/token', {
        form: { grant_type: 'authorization_code', code, client_id: client, ...more },
      })
    const me = async (token: string) => {
      const talk = await converse(home.url, token)
      const reply = await talk.command({ type: 'auth/current_user' })
      talk.close()
      return z
        .object({
          id: z.string(),
          is_admin: z.boolean(),
          mfa_modules: z.array(z.object({ id: z.string(), enabled: z.boolean() })),
        })
        .parse(result(reply))
    }

    test('is set up by the user themself, with a first code', async () => {
      const talk = await converse(home.url, home.token)
      const begun = z
        .object({ flow_id: z.string(), description_placeholders: z.object({ code: z.string() }) })
        .parse(result(await talk.command({ type: 'auth/setup_mfa', mfa_module_id: 'totp' })))
      const answer = async (code: string) =>
        z.object({ type: z.string(), errors: z.record(z.string(), z.string()).nullish() }).parse(
          result(
            await talk.command({
              type: 'auth/setup_mfa',
              flow_id: begun.flow_id,
              user_input: { code },
            }),
          ),
        )
      ;({ code: secret } = begun.description_placeholders)
      assert.deepEqual((await answer('000')).errors, { base: 'invalid_code' })
      assert.equal((await answer(totp(secret, new Date()))).type, 'create_entry')
      talk.close()
      const { mfa_modules: modules } = await me(home.token)
      assert.deepEqual(
        modules.map(({ id, enabled }) => [id, enabled]),
        [['totp', true]],
      )
    })

    test('is asked for after the password; a wrong code is said to be one', async () => {
      const begun = await takeStep(home.url, '/auth/login_flow', {
        client_id: client,
        handler: ['homeassistant', null],
        redirect_uri: `${client}signed-in`,
      })
      const flow = `/auth/login_flow/${begun.flow_id}`
      const asked = await takeStep(home.url, flow, { client_id: client, ...owner })
      assert.equal(asked.step_id, 'mfa')
      const wrong = await takeStep(home.url, flow, { client_id: client, code: '000000' })
      assert.deepEqual(wrong.errors, { base: 'invalid_code' })
    })

    test('a code of a sign-in is good once, and for the client it was made for', async () => {
      const code = await codeFor()
      assert.equal((await exchange(code, { client_id: 'http://127.0.0.1:1/' })).status, 400)
      const other = await codeFor()
      assert.equal((await exchange(other)).status, 200)
      assert.equal((await exchange(other)).status, 400)
    })

    test('nobody is sent to another host than that of the client', async () => {
      await assert.rejects(
        authorize(query({ redirect_uri: 'http://127.0.0.2:8099/signed-in' }), { ...owner, secret }),
      )
    })

    test(
      'a client is held to its challenge',
      { skip: pkce ? false : 'this version ignores it' },
      async () => {
        const verifier = randomBytes(32).toString('base64url')
        const challenge = createHash('sha256').update(verifier).digest('base64url')
        const more = { code_challenge: challenge, code_challenge_method: 'S256' }
        assert.equal((await exchange(await codeFor(more))).status, 400)
        assert.equal(
          (await exchange(await codeFor(more), { code_verifier: challenge })).status,
          400,
        )
        assert.equal((await exchange(await codeFor(more), { code_verifier: verifier })).status, 200)
      },
    )

    test('what a user gave is taken back: the token is refused, and no session of it is left', async () => {
      const sessions = async () => {
        const talk = await converse(home.url, home.token)
        const reply = await talk.command({ type: 'auth/refresh_tokens' })
        talk.close()
        return z
          .array(z.object({ client_id: z.string().nullish() }))
          .parse(result(reply))
          .filter(({ client_id: its }) => its === client).length
      }
      const before = await sessions()
      const given = z
        .object({ access_token: z.string(), refresh_token: z.string() })
        .parse(JSON.parse((await exchange(await codeFor())).text))
      assert.ok((await me(given.access_token)).mfa_modules[0]?.enabled)
      assert.equal(await sessions(), before + 1)
      const revoked = await ask(home.url, '/auth/revoke', { form: { token: given.refresh_token } })
      assert.equal(revoked.status, 200)
      assert.equal(await sessions(), before)
      const refused = await converse(home.url, given.access_token)
      assert.equal(refused.greeting[1]?.type, 'auth_invalid')
      refused.close()
    })

    test('can be taken off again without anybody being told', async () => {
      const talk = await converse(home.url, home.token)
      result(await talk.command({ type: 'auth/depose_mfa', mfa_module_id: 'totp' }))
      talk.close()
      assert.equal((await me(home.token)).mfa_modules[0]?.enabled, false)
    })
  })
}
