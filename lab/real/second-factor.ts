import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'

import { z } from 'zod'

import { composePeople, type People } from '../../src/compose/people.ts'
import { loadSettings } from '../../src/config/load.ts'
import { dataFolder } from '../../src/core/data-folder.ts'
import { secondFactorFindings } from '../../src/core/second-factor.ts'
import { startLocalServer, type LocalServer } from '../../src/server/local.ts'
import { emptyStatus } from '../server/status.ts'
import { signInAt, type Credentials } from '../simulators/home-assistant/browser.ts'
import type { Home, Start } from '../simulators/home-assistant/contract/home.ts'
import { totp } from '../simulators/home-assistant/totp.ts'
import { converse, type Conversation } from '../simulators/home-assistant/wire.ts'
import { owner } from './onboard.ts'

/**
 * Three users: one with a second factor who showed it, one without who showed that, one who never came. Nobody claims
 * more than Home Assistant said, and no session of ours stays in it.
 */
export function secondFactorStory(name: string, start: Start): void {
  suite(`${name}: who has a second factor`, () => {
    let home: Home
    let people: People
    let page: LocalServer
    let folder = ''
    let secret = ''
    const plain: Credentials = { username: 'plain', password: 'a user of the lab' }
    let moment = new Date()

    before(async () => {
      home = await start({})
      folder = await mkdtemp(join(tmpdir(), 'gatehouse-people-'))
      const file = join(folder, 'gatehouse.yaml')
      await writeFile(join(folder, 'token'), home.token)
      await writeFile(
        file,
        `names: [ha.example.com]\nhome_assistant: {url: "${home.url}", token_file: token}\n`,
      )
      const settings = await loadSettings(file, {})
      people = composePeople(settings, dataFolder(settings.data), {
        now: () => moment,
        random: () => 0.5,
      })
      page = await startLocalServer({
        listen: { host: '127.0.0.1', port: 0 },
        door: { is: 'loopback' },
        hosts: [],
        version: '0',
        now: () => moment,
        panel: {
          names: settings.names,
          homeAssistant: { atHome: home.url, outside: home.url },
          status: () => emptyStatus,
          isProving: () => false,
          look: () => undefined,
          prove: () => Promise.resolve(),
          plan: () => Promise.resolve([]),
          people: (signal) => people.list(signal),
          signIn: (grant, signal) => people.signIn(grant, signal),
        },
      })
      const talk = await converse(home.url, home.token)
      await addUser(talk, 'Plain', plain)
      await addUser(talk, 'Never', { username: 'never', password: 'another user of the lab' })
      secret = await enroll(talk)
      talk.close()
    })
    after(async () => {
      await page[Symbol.asyncDispose]()
      await home.close()
      await rm(folder, { recursive: true, force: true })
    })

    const standings = async () => {
      const found = await people.list(new AbortController().signal)
      assert.ok(found.is === 'known', JSON.stringify(found))
      return Object.fromEntries(
        found.value.map(({ name: who, secondFactor }) => [who, secondFactor.is]),
      )
    }

    test('before anybody showed anything, it is not known of anybody; the administrator sees no more', async () => {
      assert.deepEqual(await standings(), { Owner: 'unknown', Plain: 'unknown', Never: 'unknown' })
    })

    test('each shows it by signing in; who never does stays unknown', async () => {
      const first = await signInAt(page.url, { ...owner, secret })
      assert.equal(first.status, 200, first.text)
      assert.match(first.text, /Owner, Home Assistant says that your second factor is on/)
      const second = await signInAt(page.url, plain)
      assert.match(second.text, /Plain, Home Assistant says that you have no second factor/)
      assert.deepEqual(await standings(), {
        Owner: 'verified',
        Plain: 'not-verified',
        Never: 'unknown',
      })
      const shown = await (await fetch(`${page.url}/second-factor`)).text()
      assert.match(shown, /verified <time/)
      assert.match(shown, /none, as of <time/)
      assert.match(shown, /not known: never signed in/)
    })

    test('the findings say so, of those who may come in from outside', async () => {
      const found = await people.list(new AbortController().signal)
      assert.ok(found.is === 'known')
      const says = secondFactorFindings(found.value).map((each) => each.says)
      assert.deepEqual(says.toSorted(), [
        'Plain can sign in from outside with a password alone',
        'whether Never has a second factor is not known: never signed in to Gatehouse to show it',
      ])
    })

    test('kept are the id, the name, yes or no, and when; readable for nobody else; and no session stays', async () => {
      const file = join(folder, 'gatehouse-data/second-factor.json')
      const kept: unknown = JSON.parse(await readFile(file, 'utf8'))
      const shape = z.strictObject({
        users: z.record(
          z.string(),
          z.strictObject({ name: z.string(), secondFactor: z.boolean(), at: z.iso.datetime() }),
        ),
      })
      assert.equal(Object.keys(shape.parse(kept).users).length, 2)
      assert.equal((await stat(file)).mode & 0o777, 0o600)
      const talk = await converse(home.url, home.token)
      const reply = await talk.command({ type: 'auth/refresh_tokens' })
      talk.close()
      assert.ok('result' in reply)
      assert.doesNotMatch(JSON.stringify(reply.result), new RegExp(`"${page.url}/"`))
    })

    test('half a year later a yes is not known any more; a no stays a no', async () => {
      moment = new Date(moment.getTime() + 200 * 86_400_000)
      assert.deepEqual(await standings(), {
        Owner: 'unknown',
        Plain: 'not-verified',
        Never: 'unknown',
      })
    })
  })
}

async function addUser(talk: Conversation, name: string, person: Credentials): Promise<void> {
  const made = await talk.command({
    type: 'config/auth/create',
    name,
    group_ids: ['system-users'],
    local_only: false,
  })
  assert.ok('result' in made, JSON.stringify(made))
  const { user } = z.object({ user: z.object({ id: z.string() }) }).parse(made.result)
  const given = await talk.command({
    type: 'config/auth_provider/homeassistant/create',
    user_id: user.id,
    ...person,
  })
  assert.ok('result' in given, JSON.stringify(given))
}

/** Turns on the second factor of whose conversation it is; returns its secret. */
async function enroll(talk: Conversation): Promise<string> {
  const begun = await talk.command({ type: 'auth/setup_mfa', mfa_module_id: 'totp' })
  assert.ok('result' in begun, JSON.stringify(begun))
  const { flow_id: flow, description_placeholders: shown } = z
    .object({ flow_id: z.string(), description_placeholders: z.object({ code: z.string() }) })
    .parse(begun.result)
  const done = await talk.command({
    type: 'auth/setup_mfa',
    flow_id: flow,
    user_input: { code: totp(shown.code, new Date()) },
  })
  assert.ok('result' in done)
  assert.equal(z.object({ type: z.string() }).parse(done.result).type, 'create_entry')
  return shown.code
}
