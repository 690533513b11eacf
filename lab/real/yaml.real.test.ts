import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'

import { mustBeRange } from '../../src/core/address.ts'
import { guardHome, wished } from '../convergence/home-assistant-guard.ts'
import { onHomeAssistant } from './on-home-assistant.ts'
import { startRealHomeAssistant, type RealHomeAssistant } from './start.ts'

// `http:` in YAML, on the real Home Assistant before 2026.8: what is not ours stays to the letter, and a change that does not
// work is put back.

const least = `# My home, since 2019.
homeassistant:
  name: Lab
  unit_system: metric   # as it should be
  time_zone: UTC
  country: PT
  packages: !include_dir_named packages
frontend:
config:
api:
`
const tail = `
# Below the line.
template: []
input_text:
  secret:
    initial: !secret canary
`
const block = (port: number): string =>
  `\nhttp:\n    # Only here.\n    server_host: 127.0.0.1\n    server_port: ${port}   # not the usual\n`

await onHomeAssistant(['2026.2'], (found) => {
  const name = `Home Assistant ${found.version}`

  const houseWith = async (
    files: (port: number) => Readonly<Record<string, string>>,
  ): Promise<RealHomeAssistant> =>
    await startRealHomeAssistant(found, {
      async prepare(folder, port) {
        await mkdir(join(folder, 'packages'))
        const all = { 'secrets.yaml': 'canary: never told\n', ...files(port) }
        for (const [file, text] of Object.entries(all)) await writeFile(join(folder, file), text)
      },
    })
  const reader = (house: RealHomeAssistant) => (file: string) =>
    readFile(join(house.folder, file), 'utf8').catch(() => null)

  suite(`${name}: the http settings in configuration.yaml`, () => {
    let house: RealHomeAssistant
    let guarded: ReturnType<typeof guardHome>
    let read: ReturnType<typeof reader>
    let original: string
    before(async () => {
      house = await houseWith((port) => ({ 'configuration.yaml': least + block(port) + tail }))
      guarded = guardHome({ ...house, configurationFolder: house.folder })
      read = reader(house)
      original = least + block(house.port) + tail
    })
    after(() => house.close())

    const added = (proxy: string): string =>
      `    use_x_forwarded_for: true\n    trusted_proxies:\n      - ${proxy}\n`

    test('a configuration that is not valid is left, and nothing restarts', async () => {
      const broken = original.replace('unit_system: metric ', 'unit_system: none ')
      await writeFile(join(house.folder, 'configuration.yaml'), broken)
      const outcome = await guarded.run()
      assert.ok(outcome.is === 'unsettled')
      assert.match(outcome.because, /Invalid config for 'homeassistant'.* is as it was/s)
      assert.equal(await read('configuration.yaml'), broken)
      assert.equal(house.starts(), 1)
      await writeFile(join(house.folder, 'configuration.yaml'), original)
    })

    test('settings that do not work are put back, and it runs as before', async () => {
      const wrong = mustBeRange('192.0.2.55')
      const outcome = await guarded.run({ ...wished, proxy: wrong })
      assert.ok(outcome.is === 'unsettled')
      assert.match(outcome.because, /refuses the proxy .*; configuration\.yaml is as it was/)
      assert.equal(await read('configuration.yaml'), original)
      assert.equal(await read('configuration.yaml.gatehouse-before'), null)
      assert.equal(house.starts(), 3)
    })

    test('killed in the middle, the next run takes it up; comments, tags and layout stay to the letter', async () => {
      const killed = new AbortController()
      const running = guarded.run(wished, killed.signal)
      while ((await read('configuration.yaml')) === original)
        await new Promise((done) => setTimeout(done, 5))
      killed.abort()
      const cutOff = await running
      assert.equal(cutOff.is, 'unsettled')
      assert.equal(await read('configuration.yaml.gatehouse-before'), original)
      const outcome = await guarded.run()
      assert.ok(outcome.is === 'settled', JSON.stringify(outcome))
      assert.match(outcome.did.at(-1)?.says ?? '', /finish the change .* that was cut off/)
      assert.equal(
        await read('configuration.yaml'),
        least + block(house.port) + added('127.0.0.1/32') + tail,
      )
      assert.equal(await read('configuration.yaml.gatehouse-backup'), original)
      assert.doesNotMatch(JSON.stringify(outcome.did), /My home|Below the line|canary/)
    })

    test('then there is nothing more to do; and undone, the file is what it was', async () => {
      const starts = house.starts()
      const again = await guarded.run()
      assert.ok(again.is === 'settled' && again.did.length === 0, JSON.stringify(again))
      assert.equal(house.starts(), starts)
      const wish = { ...wished, proxy: mustBeRange('127.0.0.9') }
      const now = await read('configuration.yaml')
      const more = await guarded.run(wish)
      assert.ok(more.is === 'settled', JSON.stringify(more))
      await guarded.undo(more.did)
      assert.equal(await read('configuration.yaml'), now)
    })
  })

  const elsewhere = {
    'in a file of its own': {
      file: 'web.yaml',
      files: (port: number) => ({
        'configuration.yaml': `${least}\nhttp: !include web.yaml\n${tail}`,
        'web.yaml': `server_host: 127.0.0.1\nserver_port: ${port}\n`,
      }),
      wanted: (port: number) =>
        `server_host: 127.0.0.1\nserver_port: ${port}\nuse_x_forwarded_for: true\ntrusted_proxies:\n  - 127.0.0.1/32\n`,
    },
    'in a package': {
      file: 'packages/network.yaml',
      files: (port: number) => ({
        'configuration.yaml': least + tail,
        'packages/network.yaml': block(port),
      }),
      wanted: (port: number) =>
        `${block(port)}    use_x_forwarded_for: true\n    trusted_proxies:\n      - 127.0.0.1/32\n`,
    },
  }
  for (const [where, { file, files, wanted }] of Object.entries(elsewhere))
    suite(`${name}: the http settings ${where}`, () => {
      let house: RealHomeAssistant
      before(async () => (house = await houseWith(files)))
      after(() => house.close())

      test('they are found and edited there', async () => {
        const guarded = guardHome({ ...house, configurationFolder: house.folder })
        const outcome = await guarded.run()
        assert.ok(outcome.is === 'settled', JSON.stringify(outcome))
        const read = reader(house)
        assert.equal(await read(file), wanted(house.port))
        assert.equal(await read('configuration.yaml'), files(house.port)['configuration.yaml'])
        const state = await guarded.port.outside(new AbortController().signal)
        assert.equal(state.acceptsProxy, true)
      })
    })
})
