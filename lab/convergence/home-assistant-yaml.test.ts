import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { rangeOf } from '../../src/core/address.ts'
import { startHomeAssistant } from '../simulators/home-assistant/home-assistant.ts'
import { guardHome, wished } from './home-assistant-guard.ts'

// Before 2026.8, where the configuration folder is to be seen.

const signal = new AbortController().signal
const original = `# My home.
default_config:
automation: !include automations.yaml

http:
  # Which port.
  server_port: 8123

sensor:
  - platform: mail
    password: !secret mail   # never told
`

async function worldFor(t: TestContext, files: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-yaml-'))
  t.after(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'packages'))
  for (const [name, text] of Object.entries({ 'configuration.yaml': original, ...files }))
    await writeFile(join(folder, name), text, { mode: 0o640 })
  const home = await startHomeAssistant({ world: 'yaml', folder, restartMs: 20 })
  t.after(() => home.close())
  return {
    ...guardHome({ url: home.url, token: home.token, configurationFolder: folder }),
    home,
    file: (name = 'configuration.yaml') => readFile(join(folder, name), 'utf8').catch(() => null),
  }
}

test('the file is edited with everything else kept, tried, and its former self lies beside it', async (t) => {
  const { home, run, file, undo } = await worldFor(t)
  const outcome = await run()
  assert.ok(outcome.is === 'settled', JSON.stringify(outcome))
  const wanted = original.replace(
    'server_port: 8123\n',
    'server_port: 8123\n  use_x_forwarded_for: true\n  trusted_proxies:\n    - 127.0.0.1/32\n',
  )
  assert.equal(await file(), wanted)
  assert.equal(await file('configuration.yaml.gatehouse-backup'), original)
  assert.equal(await file('configuration.yaml.gatehouse-before'), null)
  assert.equal(home.state.restarts, 1)
  assert.deepEqual(home.state.stable.trusted_proxies, ['127.0.0.1/32'])
  // The journal holds no text of theirs.
  assert.doesNotMatch(JSON.stringify(outcome.did), /secret|mail|My home/)

  const again = await run()
  assert.ok(again.is === 'settled' && again.did.length === 0)
  await undo(outcome.did)
  assert.equal(await file(), original)
  assert.equal(home.state.stable.use_x_forwarded_for, false)
})

test('`http:` in a file of its own, and in a package, is found there', async (t) => {
  const apart = await worldFor(t, {
    'configuration.yaml': 'http: !include http.yaml\n',
    'http.yaml': 'server_port: 8123\n',
  })
  assert.equal((await apart.run()).is, 'settled')
  assert.match((await apart.file('http.yaml')) ?? '', /127\.0\.0\.1\/32/)
  assert.equal(await apart.file(), 'http: !include http.yaml\n')

  const packages = await worldFor(t, {
    'configuration.yaml': 'homeassistant:\n  packages: !include_dir_named packages\n',
    'packages/network.yaml': 'http:\n  server_port: 8123\n',
  })
  const observed = await packages.safeguard.observe(signal)
  assert.ok(observed.yaml.is === 'known')
  assert.equal(observed.yaml.value.file, 'packages/network.yaml')
})

test('what does not work is put back, and says why', async (t) => {
  const { home, run, file } = await worldFor(t)
  const wrong = rangeOf('192.0.2.55')
  assert.ok(wrong)
  const outcome = await run({ ...wished, proxy: wrong })
  assert.ok(outcome.is === 'unsettled')
  assert.match(
    outcome.because,
    /refuses the proxy even with the new settings; configuration\.yaml is as it was/,
  )
  assert.equal(await file(), original)
  assert.equal(await file('configuration.yaml.gatehouse-before'), null)
  assert.equal(home.state.stable.use_x_forwarded_for, false)
})

test('killed at any moment, the next run takes it up', async (t) => {
  for (const ms of [10, 20, 30, 40, 60, 90, 150, 300]) {
    const { home, run, file } = await worldFor(t)
    await run(wished, AbortSignal.timeout(ms)).catch(() => undefined)
    const answers = () =>
      fetch(`${home.url}/manifest.json`).then(
        ({ ok }) => ok,
        () => false,
      )
    // A restart that was asked for begins a moment later.
    await new Promise((done) => setTimeout(done, 30))
    while (!(await answers())) await new Promise((done) => setTimeout(done, 10))
    const outcome = await run()
    assert.equal(outcome.is, 'settled', `${ms} ms: ${JSON.stringify(outcome)}`)
    assert.equal(await file('configuration.yaml.gatehouse-before'), null)
    assert.equal(await file('configuration.yaml.gatehouse-backup'), original)
    assert.deepEqual(home.state.stable.trusted_proxies, ['127.0.0.1/32'])
  }
})

test('what is written in a way of its own is left, with the text to write', async (t) => {
  const { home, run } = await worldFor(t, { 'configuration.yaml': 'http: { server_port: 8123 }\n' })
  const outcome = await run()
  assert.ok(outcome.is === 'settled')
  assert.match(outcome.left.join(), /written in a way that is left alone; put this into/)
  assert.equal(home.state.restarts, 0)
})
