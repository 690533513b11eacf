import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'

import { composeHome, type Home } from '../../src/compose/home.ts'
import { appFacts } from '../../src/compose/app.ts'
import { settingsFrom } from '../../src/config/load.ts'
import { layOver } from '../../src/config/options.ts'
import { Secret } from '../../src/core/secret.ts'
import { startSupervisor, type Supervisor } from '../simulators/supervisor/supervisor.ts'
import { installation, type Installation } from './installation.ts'
import { startRealHomeAssistant, type RealHomeAssistant } from './start.ts'

// The settings of the real Home Assistant, changed as the app changes them: through the Supervisor, with its token.

const found = await installation('newest')
if ('missing' in found)
  test('the real Home Assistant behind a Supervisor', { skip: found.missing }, () => undefined)
else behindSupervisor(found)

function behindSupervisor(newest: Installation): void {
  suite(`Home Assistant ${newest.version} behind a Supervisor`, () => {
    const token = 'a token of the Supervisor'
    const signal = new AbortController().signal
    let core: RealHomeAssistant
    let supervisor: Supervisor
    let home: Home
    let folder = ''
    before(async () => {
      core = await startRealHomeAssistant(newest)
      supervisor = await startSupervisor({
        host: '127.0.0.1',
        port: 0,
        core,
        app: {
          token,
          homeassistantApi: true,
          hassioApi: true,
          address: '127.0.0.1',
          ingressPort: 8099,
          ports: { '8443/tcp': 443 },
        },
        addresses: ['192.168.7.20/24'],
      })
      folder = await mkdtemp(join(tmpdir(), 'gatehouse-supervisor-'))
      const facts = await appFacts(new Secret('token', token), folder, signal, supervisor.url)
      const settings = await settingsFrom(
        {
          file: 'the options of the app',
          folder,
          value: layOver(facts, {
            names: ['ha.example.com'],
            cloudflare: {
              token: 'abcdefghijklmnopqrstuvwxyz0123456789abcd',
              base_url: 'http://127.0.0.1:9',
            },
            // There is no network of containers here: it sees us from this machine.
            home_assistant: { url: core.url, sees_gatehouse_as: '127.0.0.0/8' },
          }),
          lineOf: () => undefined,
        },
        {},
      )
      home = composeHome(settings, { now: () => new Date(), random: () => 0.5 })
    })
    after(async () => {
      home?.close()
      await supervisor?.close()
      await core?.close()
      await rm(folder, { recursive: true, force: true })
    })

    test('the proxy settings are staged, tried and promoted, and a second plan is empty', async () => {
      const guard = home.guards.find(({ name }) => name === 'home-assistant')
      assert.ok(guard)
      const outcome = await guard.reconcile({ approve: () => Promise.resolve(true) }, signal)
      assert.equal(outcome.is, 'settled', JSON.stringify(outcome))
      assert.equal(core.starts(), 2)
      assert.deepEqual((await guard.plan(signal)).steps, [])
    })

    test('its users are read, and it was never asked around the Supervisor with a token', async () => {
      const people = await home.people.list(signal)
      assert.ok(people.is === 'known', JSON.stringify(people))
      assert.deepEqual(
        people.value.map(({ name }) => name),
        ['Owner'],
      )
      assert.doesNotMatch(core.log(), /invalid authentication/i)
    })
  })
}
