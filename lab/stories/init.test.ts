import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'

import { startWorld } from '../world/world.ts'

test(
  'init looks at what it is told, and what it wrote leads to a plan',
  { timeout: 100_000 },
  async (t) => {
    const world = await startWorld({ withVantage: false })
    t.after(() => world.close())
    const { folder, cloudflare, homeAssistant, token, zone } = world
    const asking = { CLOUDFLARE_BASE_URL: cloudflare.baseUrl }
    const init = (words: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      world.run(['init', '--home-assistant', homeAssistant.url, ...words], { ...asking, ...more })

    // By files that are there.
    const made = await init([
      '--config=first.yaml',
      '--name=ha.example.com',
      '--token-file=cloudflare.token',
      '--home-assistant-token-file=home-assistant.token',
      '--json',
    ])
    assert.equal(made.code, 0, made.stderr)
    assert.deepEqual(JSON.parse(made.stdout), { wrote: ['first.yaml'], name: 'ha.example.com' })
    assert.match(made.stderr, /✓ the zone example\.com is active/)
    assert.match(made.stderr, /✓ Home Assistant takes the access token/)
    const plan = await world.run(['plan', '--config', 'first.yaml'], {
      ...asking,
      GATEHOUSE_ADDRESS_ALLOW: '127.0.0.0/8',
    })
    assert.equal(plan.code, 2, plan.stderr)

    // By the environment: it is kept in a file that nobody else can read.
    const found = await init(['--config=second.yaml', '--name=ha.home.example.com', '--force'], {
      CLOUDFLARE_API_TOKEN: token.value,
    })
    assert.equal(found.code, 0, found.stderr)
    assert.match(found.stderr, /the edge has no certificate for ha\.home\.example\.com/)
    assert.equal(await readFile(join(folder, 'cloudflare.token'), 'utf8'), `${token.value}\n`)
    assert.equal((await stat(join(folder, 'cloudflare.token'))).mode & 0o777, 0o600)

    // What the owner has to mend first is an error, and nothing is written.
    zone.status = 'pending'
    const pending = await init(['--config=third.yaml', '--name=ha.example.com'], {
      CLOUDFLARE_API_TOKEN: token.value,
    })
    assert.match(pending.stderr, /the zone example\.com is pending.*at your registrar/)
    await writeFile(join(folder, 'wrong.token'), 'cfut_00000000000000000000000000000000canary')
    const refused = await init([
      '--config=fourth.yaml',
      '--name=ha.example.com',
      '--token-file=wrong.token',
    ])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /token\/refused/)
    assert.doesNotMatch(refused.stderr, /canary/)
    await assert.rejects(stat(join(folder, 'fourth.yaml')), { code: 'ENOENT' })

    // Where Cloudflare cannot be asked, it goes on and says so.
    const alone = await init(
      ['--config=fifth.yaml', '--name=ha.example.com', '--token-file=cloudflare.token'],
      { CLOUDFLARE_BASE_URL: 'http://127.0.0.1:1' },
    )
    assert.equal(alone.code, 0, alone.stderr)
    assert.match(alone.stderr, /Cloudflare could not be asked \(.*\); `gatehouse token check`/)
  },
)
