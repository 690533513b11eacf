import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'

import { z } from 'zod'

import { addresses } from '../network/addresses.ts'
import { visit } from '../network/visit.ts'
import { startStoryWith, type StoryHome } from '../stories/home.ts'
import { tool } from '../toolbox/tool.ts'
import type { RealHouse } from './actors/real-house.ts'
import { onHomeAssistant } from './on-home-assistant.ts'
import { inYaml } from './start.ts'

// From a token and an address to a home that is open through Cloudflare and closed to everybody else, by the true program, with
// the real Home Assistant of both worlds in its namespace. Then its owner restarts it, and changes its settings by hand.

const nft = await tool('nft')
const { edge, visitor, home } = addresses

await onHomeAssistant(['newest', '2026.2'], (found) => {
  const world = inYaml(found.version) ? 'yaml' : 'store'
  const skip = 'missing' in nft && nft.missing
  suite(`Home Assistant ${found.version}: the whole path`, { skip }, () => {
    let story: StoryHome<RealHouse>
    /** What a whole `apply` took. Milliseconds. */
    let applied = 0
    before(async () => {
      story = await startStoryWith<RealHouse>({
        file: join(import.meta.dirname, 'actors/real-house.ts'),
        setup: world === 'yaml' ? '2026.2' : 'newest',
        token: (house) => house.token(),
        settings: async (house) =>
          world === 'yaml' ? `  configuration_folder: ${await house.folder()}\n` : '',
      })
    })
    after(async () => {
      await story.house.close()
      await story.close()
    })

    const fromOutside = (path?: string) =>
      visit(story.net.visitor, {
        name: story.name,
        to: edge.ipv4,
        roots: story.roots,
        patience: 5,
        ...(path === undefined ? {} : { path }),
      })
    const proven = async (): Promise<void> => {
      const { code, text } = await story.gatehouse('verify', '--json')
      assert.equal(code, 0, text)
    }
    const notices = async (): Promise<readonly string[]> => {
      const told = await story.house.say({ type: 'persistent_notification/get' })
      assert.ok('result' in told)
      return z
        .array(z.object({ notification_id: z.string() }))
        .parse(told.result)
        .map(({ notification_id: id }) => id)
    }

    test('plan shows what there is to do in Home Assistant, and does nothing', async () => {
      const { code, text } = await story.gatehouse('plan')
      assert.equal(code, 2, text)
      assert.match(text, new RegExp(`accept ${home.ipv4}/32 as its proxy`))
      assert.equal(await story.house.starts(), 1)
    })

    test('apply does it with one restart of Home Assistant', async () => {
      const begun = performance.now()
      const { code, text } = await story.gatehouse('apply', '--yes')
      applied = performance.now() - begun
      assert.equal(code, 0, text)
      assert.equal(await story.house.starts(), 2)
      const second = await story.gatehouse('plan')
      assert.equal(second.code, 0, second.text)
    })

    test('its log has the visitor, not us', async () => {
      await story.keep()
      const page = await fromOutside()
      assert.equal(page.status, 200, JSON.stringify(page))
      assert.match(page.body ?? '', /Home Assistant/u)
      // What Home Assistant tells its owner of: somebody tried without a token.
      assert.equal((await fromOutside('/api/config')).status, 401)
      const log = await story.house.log()
      assert.match(log, new RegExp(`invalid authentication from .*${visitor.ipv4}`))
      assert.ok(!log.includes(`invalid authentication from ${home.ipv4}`), log)
      await story.house.say({
        type: 'call_service',
        domain: 'persistent_notification',
        service: 'dismiss_all',
      })
    })

    test('verify proves it, and its probes leave no notice and no ban', async () => {
      for (let i = 0; i < 3; i++) await proven()
      assert.deepEqual(
        (await notices()).filter((id) => /login|ban/.test(id)),
        [],
      )
      assert.equal(existsSync(join(await story.house.folder(), 'ip_bans.yaml')), false)
    })

    test('its owner restarts it: proven again', async () => {
      const restart = await story.house.restart()
      const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
      console.log(
        `# apply ${seconds(applied)}, of it a restart of Home Assistant ${seconds(restart)}, ours ${seconds(applied - restart)}`,
      )
      await proven()
    })

    test('its owner changes its settings by hand: proven again, and nothing to do', async () => {
      const starts = await story.house.starts()
      await (world === 'yaml' ? changeYaml(story) : changeStore(story))
      assert.ok((await story.house.starts()) > starts)
      await proven()
      const { code, text } = await story.gatehouse('plan')
      assert.equal(code, 0, text)
    })

    test('a renewed certificate costs it no restart', async () => {
      const starts = await story.house.starts()
      await rm(join(story.net.folder, 'data/certificate'), { recursive: true })
      const { code, text } = await story.gatehouse('apply', '--yes')
      assert.equal(code, 0, text)
      assert.match(text, /get a certificate for/)
      await proven()
      assert.equal(await story.house.starts(), starts)
    })

    test('undo leaves its settings as they were', async () => {
      const { code, text } = await story.gatehouse('undo', '--yes')
      assert.equal(code, 0, text)
    })
  })
})

/** As its pages do it: staged, restarted, confirmed. */
async function changeStore({ house }: StoryHome<RealHouse>): Promise<void> {
  const config = z.object({ stable: z.looseObject({}), active_config_type: z.string() })
  const state = async () => {
    const said = await house.say({ type: 'http/config' })
    assert.ok('result' in said)
    return config.parse(said.result)
  }
  const { created_at: _at, error: _error, error_message: _says, ...stable } = (await state()).stable
  const staged = await house.say({
    type: 'http/config/configure',
    config: { ...stable, login_attempts_threshold: 5 },
  })
  assert.ok('result' in staged, JSON.stringify(staged))
  for (;;) {
    const now = await state().catch(() => undefined)
    if (now?.active_config_type === 'pending') break
    await new Promise((done) => setTimeout(done, 100))
  }
  const promoted = await house.say({ type: 'http/config/promote' })
  assert.ok('result' in promoted, JSON.stringify(promoted))
}

async function changeYaml({ house }: StoryHome<RealHouse>): Promise<void> {
  const file = join(await house.folder(), 'configuration.yaml')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace('http:\n', 'http:\n  login_attempts_threshold: 5\n'))
  await house.restart()
}
