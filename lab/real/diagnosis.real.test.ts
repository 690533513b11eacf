import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { z } from 'zod'

import { findHomeAssistant } from '../../src/compose/discover.ts'
import { guardHome, wished } from '../convergence/home-assistant-guard.ts'
import { cuttingProxy } from './cutting-proxy.ts'
import { onHomeAssistant } from './on-home-assistant.ts'
import { inYaml, startRealHomeAssistant, type RealHomeAssistant } from './start.ts'

// What is found on the real ones of both worlds; and that looking makes no notice, and bans nobody, where one failed
// sign-in would.

const never = new AbortController().signal
const proxies = ['127.0.0.1/32', '192.168.0.0/16', '172.30.33.0/24']

await onHomeAssistant(['newest', '2026.2'], (found) => {
  const name = `Home Assistant ${found.version}`

  suite(`${name}: what is found, and what looking costs`, () => {
    let house: RealHomeAssistant
    let guarded: ReturnType<typeof guardHome>
    before(async () => {
      house = await startRealHomeAssistant(found, {
        stable: {
          use_x_forwarded_for: true,
          trusted_proxies: proxies,
          login_attempts_threshold: 1,
        },
        async prepare(folder) {
          const file = join(folder, 'configuration.yaml')
          const text = await readFile(file, 'utf8')
          await writeFile(file, withNetworks(inYaml(found.version) ? withHttp(text) : text))
        },
      })
      guarded = guardHome({ ...house, configurationFolder: house.folder })
    })
    after(() => house.close())

    test('networks that are trusted with too much, at home and of containers; no password asked from outside', async () => {
      const said = (await guarded.check()).map(({ code, says }) => `${code} ${says}`).join('\n')
      assert.match(said, /trusts-too-much .*192\.168\.0\.0\/16 \(the network at home\)/)
      assert.match(said, /trusts-too-much .*172\.30\.33\.0\/24 \(a network of containers\)/)
      assert.match(said, /trusted-networks-outside .*without a password/)
      assert.match(said, /external-url .*is not set, the public one is https:\/\/ha\.example\.com/)
      assert.doesNotMatch(said, /bans-off|rejects-proxy/)
    })

    test('looking, however often, makes no notice and bans nobody', async () => {
      for (let i = 0; i < 20; i++) {
        await guarded.check()
        assert.equal(await findHomeAssistant(never, [house.url]), house.url)
      }
      // A failure would have banned us at once; it is told after its name was looked up.
      await sleep(3000)
      assert.deepEqual(await notices(guarded), [])
      assert.equal(existsSync(join(house.folder, 'ip_bans.yaml')), false)
      assert.doesNotMatch(house.log(), /invalid authentication/)
    })

    test('a token that is refused is tried once, however often is looked', async () => {
      await using way = await cuttingProxy(house.port)
      const stranger = guardHome({ ...house, url: way.url, token: 'not a token' })
      for (let i = 0; i < 5; i++) {
        const observed = await stranger.safeguard.observe(never)
        assert.equal(observed.inside.is, 'unknown')
      }
      assert.deepEqual(way.said, ['auth'])
      // Its own line is said only if it looked up our name before we hung up.
      await sleep(3000)
      const told = house.log().match(/invalid authentication from/g) ?? []
      assert.ok(told.length <= 1, house.log())
    })
  })

  suite(`${name}: without an owner`, () => {
    let house: RealHomeAssistant
    before(async () => (house = await startRealHomeAssistant(found, { onboarded: false })))
    after(() => house.close())

    test('it is found, and nothing after it begins', async () => {
      const guarded = guardHome(house)
      assert.ok((await guarded.check()).some(({ code }) => code === 'home-assistant/not-onboarded'))
      const outcome = await guarded.run(wished)
      assert.ok(outcome.is === 'unsettled')
      assert.match(outcome.because, /has no owner yet, so nothing is published/)
    })
  })
})

/** They may choose a user without a password. */
function withNetworks(text: string): string {
  return text.replace(
    '  country: PT\n',
    '  country: PT\n  auth_providers:\n    - type: homeassistant\n    - type: trusted_networks\n      trusted_networks: [198.18.0.0/15]\n',
  )
}

function withHttp(text: string): string {
  return text.replace(
    '  server_host:',
    `  use_x_forwarded_for: true\n  trusted_proxies: [${proxies.join(', ')}]\n  login_attempts_threshold: 1\n  server_host:`,
  )
}

async function notices(guarded: ReturnType<typeof guardHome>): Promise<string[]> {
  await using session = await guarded.home.session(never)
  const told = await session.command(
    { type: 'persistent_notification/get' },
    z.array(z.object({ notification_id: z.string() })),
  )
  return told.map(({ notification_id: id }) => id).filter((id) => /login|ban/.test(id))
}
