import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { ConfigurationProblem } from './complaint.ts'
import { loadSettings } from './load.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-config-'))
})
after(() => rm(folder, { recursive: true }))

async function load(text: string, environment: Record<string, string> = {}) {
  const file = join(folder, 'gatehouse.yaml')
  await writeFile(file, text)
  return loadSettings(file, environment)
}

async function complaintsOf(text: string, environment: Record<string, string> = {}) {
  try {
    await load(text, environment)
  } catch (error) {
    assert.ok(error instanceof ConfigurationProblem, String(error))
    return error.complaints.map(({ path, line, says }) => `${line ?? '-'} ${path}: ${says}`)
  }
  throw new Error('the configuration was accepted')
}

test('the smallest configuration has sensible defaults', async () => {
  const settings = await load('names: [HA.Example.com]\n')
  assert.deepEqual(settings.names, ['ha.example.com'])
  assert.equal(settings.publicPort, 443)
  assert.equal(settings.tls, 'gateway')
  assert.equal(settings.edge.zoneSettings, 'propose')
  assert.equal(settings.pulls.mode, 'required')
  assert.deepEqual(settings.gateway.listen, [
    { host: '0.0.0.0', port: 443 },
    { host: '::', port: 443 },
  ])
  assert.equal(settings.data, join(folder, 'gatehouse-data'))
  assert.match(settings.certificate.directory, /^https:\/\/acme-v02/)
})

test('every mistake is reported at once, with its path and line', async () => {
  const complaints = await complaintsOf(
    [
      'names: [not_a_name]',
      'public_port: 8123',
      'gateway:',
      '  listen: [nowhere]',
      '  local: [192.168.1.5/24]',
      'edge:',
      '  countries: [Portugal]',
      'tls: home-assistant',
      'home_assistant:',
      '  url: ftp://home',
    ].join('\n'),
  )
  assert.deepEqual(complaints.sort(), [
    '1 names[0]: "not_a_name" is not a host name like ha.example.com',
    '10 home_assistant.url: is not a http:// or https:// address',
    '2 public_port: Cloudflare takes HTTPS on 443, 2053, 2083, 2087, 2096, 8443 only',
    '4 gateway.listen[0]: "nowhere" is not address:port',
    '5 gateway.local[0]: "192.168.1.5/24" is not a range of addresses like 192.168.1.0/24',
    '7 edge.countries[0]: "Portugal" is not a country code like PT',
    '9 home_assistant.certificate_folder: is needed with `tls: home-assistant`',
  ])
})

test('other services are names of this home like Home Assistant’s', async () => {
  const gateway = 'gateway: { also: ["Photos.example.com http://192.168.1.20:2283/"] }\n'
  const settings = await load(`names: [ha.example.com]\n${gateway}`)
  assert.deepEqual(settings.names, ['ha.example.com', 'photos.example.com'])
  assert.deepEqual(settings.gateway.also, [
    { name: 'photos.example.com', url: 'http://192.168.1.20:2283' },
  ])
  assert.deepEqual(await complaintsOf(`names: [photos.example.com]\n${gateway}`), [
    '2 gateway.also: a name stands there twice',
  ])
  assert.deepEqual(
    await complaintsOf('names: [ha.example.com]\ngateway: { also: [photos.example.com] }\n'),
    [
      '2 gateway.also[0]: "photos.example.com" is not a name and a URL like photos.example.com http://192.168.1.20:2283',
    ],
  )
})

test('wrong types and unknown keys are complaints with suggestions', async () => {
  const complaints = await complaintsOf(
    'names: ha.example.com\ncloudflair: {}\ngateway:\n  lisen: []\ntls: gatewy\n',
  )
  assert.deepEqual(complaints.sort(), [
    '1 names: must be a list',
    '2 cloudflair: is no setting; did you mean cloudflare?',
    '4 gateway.lisen: is no setting; did you mean listen?',
    '5 tls: must be one of gateway, home-assistant',
  ])
  assert.deepEqual(await complaintsOf(''), ['- names: is missing'])
})

test('the environment overrides the file, and an unknown name is a complaint', async () => {
  const settings = await load('names: [a.example.com]\nedge: {countries: [PT]}\n', {
    GATEHOUSE_NAMES: 'b.example.com, c.example.com',
    GATEHOUSE_EDGE_COUNTRIES: 'ES,FR',
    GATEHOUSE_EDGE_LOGIN_LIMIT: 'false',
    GATEHOUSE_PUBLIC_PORT: '8443',
    CLOUDFLARE_BASE_URL: 'http://127.0.0.1:9/client/v4/',
    CLOUDFLARE_API_TOKEN: 'from-the-ecosystem',
  })
  assert.deepEqual(settings.names, ['b.example.com', 'c.example.com'])
  assert.deepEqual(settings.edge.countries, ['ES', 'FR'])
  assert.equal(settings.edge.loginLimit, false)
  assert.equal(settings.publicPort, 8443)
  assert.equal(settings.cloudflare.baseUrl, 'http://127.0.0.1:9/client/v4')
  assert.equal(settings.cloudflare.token?.reveal(), 'from-the-ecosystem')

  const complaints = await complaintsOf('names: [a.example.com]\n', {
    GATEHOUSE_NAME: 'x.example.com',
  })
  assert.deepEqual(complaints, ['- GATEHOUSE_NAME: is no setting; did you mean GATEHOUSE_NAMES?'])
})

test('secrets come from files too, and no complaint quotes one', async () => {
  await writeFile(join(folder, 'token'), 'canary-5e1f\n')
  const settings = await load('names: [a.example.com]\ncloudflare: {token_file: token}\n')
  assert.equal(settings.cloudflare.token?.reveal(), 'canary-5e1f')
  assert.doesNotMatch(JSON.stringify(settings), /canary/)

  const complaints = await complaintsOf(
    'names: [a.example.com]\ncloudflare:\n  token: canary-5e1f\n  token_file: token\nhome_assistant:\n  token: [canary-5e1f]\n',
  )
  assert.doesNotMatch(complaints.join(), /canary/)
  const syntax = await complaintsOf('names: [a.example.com]\ncloudflare: {token: canary-5e1f\n')
  assert.doesNotMatch(syntax.join(), /canary/)
  assert.match(syntax.join(), /not valid YAML/)
})

test('a missing file and an unreadable secret file say what to do', async () => {
  await assert.rejects(loadSettings(join(folder, 'nowhere.yaml'), {}), {
    code: 'configuration/missing',
    hint: /gatehouse init/,
  })
  const complaints = await complaintsOf(
    'names: [a.example.com]\ncloudflare: {token_file: nowhere}\n',
  )
  assert.match(complaints.join(), /^2 cloudflare\.token_file: cannot read .*nowhere/)
})
