import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'

import { z } from 'zod'

import { owner } from '../../../real/onboard.ts'
import { ask, converse, type Conversation } from '../wire.ts'
import { bearer, codeOf, read, result, type Home, type Start, type World } from './home.ts'

/** What an administrator sees and may do. */
export function ownerContract(name: string, world: World, start: Start): void {
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
      // The same by WebSocket, with the reason.
      const service = (name: string) =>
        talk.command({ type: 'call_service', domain: 'homeassistant', service: name })
      for (const name of ['check_config', 'restart']) {
        const refused = await service(name)
        assert.equal(codeOf(refused), 'home_assistant_error')
        assert.match(
          'says' in refused ? refused.says : '',
          new RegExp(
            `^The system cannot ${name} because the configuration is not valid: .*homeassistant`,
          ),
        )
      }
      await home.breakConfiguration(false)
      result(await service('check_config'))
      assert.equal((await check())['result'], 'valid')
    })
  })
}
