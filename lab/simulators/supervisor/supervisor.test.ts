import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { appFacts } from '../../../src/compose/app.ts'
import { composePeople } from '../../../src/compose/people.ts'
import { settingsFrom } from '../../../src/config/load.ts'
import { layOver } from '../../../src/config/options.ts'
import { dataFolder } from '../../../src/core/data-folder.ts'
import { Secret } from '../../../src/core/secret.ts'
import { startHomeAssistant } from '../home-assistant/home-assistant.ts'
import { ask, converse } from '../home-assistant/wire.ts'
import { startSupervisor, type SupervisorOptions } from './supervisor.ts'

// The Supervisor as an app meets it, and what the app makes of it.

const signal = new AbortController().signal
const token = 'a token of the Supervisor'

async function supervisorFor(t: TestContext, more: Partial<SupervisorOptions> = {}) {
  const home = await startHomeAssistant()
  t.after(() => home.close())
  const supervisor = await startSupervisor({
    host: '127.0.0.1',
    port: 0,
    core: { url: home.url, token: home.token, version: home.state.version },
    app: {
      token,
      homeassistantApi: true,
      hassioApi: true,
      address: '127.0.0.1',
      ingressPort: 8099,
      ports: { '8443/tcp': 443 },
    },
    addresses: ['192.168.7.20/24', 'fd12::20/64', '203.0.113.9/24'],
    ...more,
  })
  t.after(() => supervisor.close())
  return { home, supervisor, url: supervisor.url }
}

test('what the options leave out is found: Home Assistant, the network at home, the ports, the broker', async (t) => {
  const mqtt = { host: 'core-mosquitto', port: 1883, ssl: false, username: 'addons', password: 'x' }
  const { home, url } = await supervisorFor(t, { mqtt })
  const facts = await appFacts(new Secret('token', token), '/data/gatehouse', signal, url)
  const settings = await settingsFrom(
    {
      file: 'options',
      folder: '/data',
      value: layOver(facts, { names: ['ha.example.com'], gateway: { local: ['10.0.0.0/8'] } }),
      lineOf: () => undefined,
    },
    {},
  )
  assert.equal(settings.homeAssistant.url, `http://homeassistant:${home.port}`)
  assert.equal(settings.homeAssistant.apiUrl, `${url}/core`)
  assert.equal(settings.homeAssistant.token?.reveal(), token)
  assert.equal(settings.homeAssistant.seesUsAs?.text, '172.30.33.0/24')
  assert.deepEqual(facts['gateway'], {
    listen: ['0.0.0.0:8443', '[::]:8443'],
    local: ['192.168.7.0/24', 'fd12::/64'],
  })
  assert.deepEqual(
    settings.gateway.local.map((range) => range.text),
    ['10.0.0.0/8'],
  )
  assert.equal(settings.router.forwardTo?.text, '192.168.7.20')
  assert.equal(settings.router.forwardPort, 443)
  assert.deepEqual(settings.page.listen, { host: '0.0.0.0', port: 8099 })
  assert.equal(settings.page.ingressFrom?.text, '172.30.32.2')
  assert.equal(settings.telling.mqtt?.url, 'mqtt://core-mosquitto:1883')
  assert.equal(settings.data, '/data/gatehouse')
})

test('Home Assistant is administered through it, without a token of its own', async (t) => {
  const { url } = await supervisorFor(t)
  const facts = await appFacts(new Secret('token', token), '/data', signal, url)
  const settings = await settingsFrom(
    {
      file: 'options',
      folder: '/data',
      value: layOver(facts, { names: ['ha.example.com'] }),
      lineOf: () => undefined,
    },
    {},
  )
  const people = composePeople(settings, dataFolder('/nowhere'), {
    now: () => new Date(),
    random: () => 0.5,
  })
  const found = await people.list(signal)
  assert.deepEqual(found.is === 'known' && found.value.map(({ name }) => name), ['Owner'])
})

test('without a broker there is none; without its token, or another, it says so', async (t) => {
  const { url } = await supervisorFor(t)
  const facts = await appFacts(new Secret('token', token), '/data', signal, url)
  assert.equal(facts['mqtt'], undefined)
  await assert.rejects(appFacts(new Secret('token', 'other'), '/data', signal, url), {
    code: 'supervisor/refused',
  })
  await assert.rejects(
    appFacts(new Secret('token', token), '/data', signal, 'http://127.0.0.1:9'),
    {
      code: 'supervisor/not-reached',
    },
  )
})

test('what belongs to the Supervisor is not reached through Home Assistant', async (t) => {
  const { url } = await supervisorFor(t)
  const headers = { authorization: `Bearer ${token}` }
  assert.equal((await ask(url, '/core/api/config', { headers })).status, 200)
  for (const path of ['/core/api/hassio/addons', '/core/api/hassio_auth'])
    assert.equal((await ask(url, path, { headers })).status, 403)
  assert.equal((await ask(url, '/core/api/config')).status, 401)
  const talk = await converse(`${url}/core`, token)
  assert.ok('result' in (await talk.command({ type: 'get_config' })))
  const refused = await talk.command({ type: 'supervisor/api' })
  assert.equal('code' in refused && refused.code, 'unauthorized')
  talk.close()
  const other = await converse(`${url}/core`, 'other')
  assert.equal(other.greeting[1]?.type, 'auth_invalid')
})
