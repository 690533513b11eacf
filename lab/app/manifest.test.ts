import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'

import { parse } from 'yaml'
import { z } from 'zod'

import {
  runPermissions,
  setupPermissions,
  tokenUrl,
} from '../../src/adapters/cloudflare/token-url.ts'
import { settingsFrom } from '../../src/config/load.ts'
import { layOver } from '../../src/config/options.ts'
import { jsonSchema } from '../../src/config/schema.ts'
import { checkout } from '../toolbox/cache.ts'
import { fileOf, has, manifest } from './manifest.ts'
import { leavesOf, whyNotValid, type Schema } from './options-schema.ts'
import { rating } from './rating.ts'

// What Home Assistant reads of the app: app/config.yaml, its translations and its documentation.

const own = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')))

/** Keys that the Supervisor knows and that are not deprecated (supervisor/apps/validate.py, 2026). */
const known = new Set(
  'name version slug description url arch machine startup boot init stage ports ports_description watchdog webui ingress ingress_port ingress_entry ingress_stream panel_icon panel_title panel_admin homeassistant host_network map environment privileged apparmor hassio_api hassio_role homeassistant_api auth_api services discovery backup backup_exclude options schema image timeout'.split(
    ' ',
  ),
)

suite('the app', () => {
  test('is what the Supervisor knows, of the same version as the program', () => {
    assert.deepEqual(
      Object.keys(manifest).filter((key) => !known.has(key)),
      [],
    )
    assert.equal(manifest.version, own.version)
    assert.ok(has('apparmor.txt'))
    assert.match(fileOf('apparmor.txt'), new RegExp(`^profile ${manifest.slug} flags=`, 'm'))
    assert.match(
      fileOf('CHANGELOG.md'),
      new RegExp(`^## ${own.version.replaceAll('.', '\\.')}`, 'm'),
    )
    const repository = z
      .strictObject({ name: z.string(), url: z.string().optional(), maintainer: z.string() })
      .parse(parse(readFileSync(join(checkout, 'repository.yaml'), 'utf8')))
    assert.equal(repository.name, manifest.name)
  })

  test('no other file of the repository is taken for an app', () => {
    const found = readdirSync(checkout, { withFileTypes: true })
      .filter(
        (entry) => entry.isDirectory() && !/^(?:node_modules|dist|\.cache|\.git)$/.test(entry.name),
      )
      .flatMap(({ name }) =>
        readdirSync(join(checkout, name), { recursive: true, encoding: 'utf8' }).map(
          (file) => `${name}/${file}`,
        ),
      )
      .filter(
        (file) => /(?:^|\/)config\.(?:ya?ml|json)$/.test(file) && !file.includes('node_modules'),
      )
    assert.deepEqual(found, ['app/config.yaml'])
  })

  test('has the highest rating; each thing it does without would cost it', () => {
    const profile = has('apparmor.txt')
    assert.equal(rating(manifest, profile), 8)
    assert.equal(rating(manifest, false), 7)
    const with_ = (more: object) => rating({ ...manifest, ...more }, profile)
    assert.equal(with_({ ingress: false }), 6)
    assert.equal(with_({ host_network: true }), 7)
    assert.equal(with_({ hassio_role: 'manager' }), 7)
    assert.equal(with_({ hassio_role: 'admin' }), 6)
    assert.equal(with_({ privileged: ['NET_ADMIN'] }), 7)
    assert.equal(with_({ apparmor: false }), 6)
    assert.equal(with_({ docker_api: true }), 1)
    assert.equal(with_({ full_access: true }), 1)
  })
})

suite('the options of the app', () => {
  const leaves = leavesOf(manifest.schema)

  test('as they come, only the token is asked for before a start', () => {
    assert.equal(whyNotValid(manifest.schema, manifest.options), 'cloudflare.token: missing')
    const filled = { ...manifest.options, cloudflare: { token: 'x' } }
    assert.equal(whyNotValid(manifest.schema, filled), undefined)
  })

  test('are keys of gatehouse.yaml, with the same defaults and values', () => {
    const wishes = { ...manifest.options, names: ['ha.example.com'] }
    for (const [path, notation] of leaves) {
      const node = nodeAt(path)
      assert.ok(node, `${path} is no key of gatehouse.yaml`)
      const list = /^list\((.+)\)/.exec(notation)?.[1]?.split('|')
      if (node.enum) assert.deepEqual(list?.toSorted(), node.enum.toSorted(), path)
      const given = at(wishes, path)
      if (given !== undefined && !isNothing(given) && path !== 'names')
        assert.deepEqual(given, node.default, `${path} has another default`)
    }
  })

  test('leave out nothing but what the app knows by itself', () => {
    const missing = [...keysOf(jsonSchema())].filter(
      (key) =>
        !leaves.some(([path]) => path === key) &&
        !Object.keys(found).some((each) => key === each || key.startsWith(`${each}.`)),
    )
    assert.deepEqual(missing, [], 'a new key is an option, or stands here with the reason')
    for (const key of Object.keys(found)) assert.ok(nodeAt(key), `${key} is no key any more`)
  })

  test('with the options alone, the configuration is whole', async () => {
    const wishes = { ...manifest.options, names: ['ha.example.com'], cloudflare: { token: 'x' } }
    const settings = await settingsFrom(
      { file: 'options', folder: '/data', value: layOver({}, wishes), lineOf: () => undefined },
      {},
    )
    assert.deepEqual(settings.names, ['ha.example.com'])
    assert.equal(settings.edge.countries, undefined)
    assert.equal(settings.vantage, undefined)
  })

  for (const language of ['en', 'de', 'pt']) {
    test(`are named and explained, each and no other (${language})`, () => {
      const said = translation.parse(parse(fileOf(`translations/${language}.yaml`)))
      const named = namesIn(said.configuration)
      const wanted = [...leaves.map(([path]) => path), ...groupsOf(manifest.schema)]
      assert.deepEqual(named.toSorted(), wanted.toSorted())
      assert.deepEqual(Object.keys(said.network), Object.keys(manifest.ports))
    })
  }

  test('the documentation leads to tokens that may do what is needed, and no more', () => {
    const documentation = fileOf('DOCS.md')
    assert.ok(documentation.includes(`](${tokenUrl(runPermissions, 'Gatehouse')})`))
    assert.ok(documentation.includes(`](${tokenUrl(setupPermissions, 'Gatehouse (setup)')})`))
  })

  test('stand in the documentation', () => {
    const documentation = fileOf('DOCS.md')
    for (const [path] of leaves) assert.ok(documentation.includes(`\`${path}\``), path)
  })
})

/** Why these keys are no options. */
const found: Readonly<Record<string, string>> = {
  'router.address':
    'the default gateway, with the network of the host; without it no router can be asked',
  data: 'the data folder of the app',
  'cloudflare.token_file': 'the form takes the token itself',
  'cloudflare.setup_token_file': 'the same',
  'cloudflare.base_url': 'only a test world has another',
  'certificate.eab_hmac_file': 'the form takes the key itself',
  'address.allow': 'only a lab has one',
  'gateway.access_log': 'the log of the app is what its owner reads',
  'gateway.limits': 'for homes that are more than one; who has such a home writes a file',
  'gateway.listen': 'the network of the app is its own',
  'home_assistant.url': 'the Supervisor says it',
  'home_assistant.api_url': 'the Supervisor is it',
  'home_assistant.token': 'the token of the app',
  'home_assistant.token_file': 'the same',
  'home_assistant.sees_gatehouse_as': 'the network of the apps',
  'home_assistant.configuration_folder':
    'for Home Assistant before 2026.8, which the app does not run beside',
  'home_assistant.certificate_folder': 'mapped by the app',
  'home_assistant.certificate_folder_inside': 'the same folder by the same name',
  'vantage.token_file': 'the form takes the token itself',
  'notify.webhook.url_file': 'the form takes the address itself',
  'notify.webhook.secret_file': 'the form takes the secret itself',
  'notify.ntfy.topic_file': 'the form takes the topic itself',
  'notify.ntfy.token_file': 'the form takes the token itself',
  'notify.email.password_file': 'the form takes the password itself',
  'heartbeat.url_file': 'the form takes the address itself',
  'mqtt.password_file': 'the form takes the password itself',
  'mqtt.discovery_prefix': 'what the Home Assistant here listens to',
  'metrics.listen': 'no port of the app is shown but the gateway and the ingress',
  'page.listen': 'the port of the ingress',
  'page.names': 'nobody but the Supervisor asks',
  'page.ingress_from': 'the Supervisor',
}

type Said = { name: string; description: string; fields?: Record<string, Said> | undefined }
const said: z.ZodType<Said> = z.strictObject({
  name: z.string().min(2).max(50),
  description: z.string().min(10),
  fields: z
    .record(
      z.string(),
      z.lazy(() => said),
    )
    .optional(),
})
const translation = z.strictObject({
  configuration: z.record(z.string(), said),
  network: z.record(z.string(), z.string()),
})

const namesIn = (all: Readonly<Record<string, Said>>, path = ''): string[] =>
  Object.entries(all).flatMap(([key, { fields }]) => {
    const here = path === '' ? key : `${path}.${key}`
    return [here, ...(fields ? namesIn(fields, here) : [])]
  })

const groupsOf = (schema: Schema, path = ''): string[] =>
  Object.entries(schema).flatMap(([key, value]) => {
    const here = path === '' ? key : `${path}.${key}`
    return isGroup(value) ? [here, ...groupsOf(value, here)] : []
  })

const isGroup = (value: Schema[string]): value is Schema =>
  typeof value === 'object' && !Array.isArray(value)

const node = z.looseObject({
  enum: z.array(z.string()).optional(),
  default: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
})

function nodeAt(path: string): z.output<typeof node> | undefined {
  let here: unknown = jsonSchema()
  for (const key of path.split('.')) here = node.parse(here).properties?.[key]
  return here === undefined ? undefined : node.parse(here)
}

function keysOf(schema: unknown, path = ''): string[] {
  const { properties } = node.parse(schema)
  if (!properties) return [path]
  return Object.entries(properties).flatMap(([key, inner]) =>
    keysOf(inner, path === '' ? key : `${path}.${key}`),
  )
}

function at(value: unknown, path: string): unknown {
  let here = value
  for (const key of path.split('.'))
    here = typeof here === 'object' && here !== null ? Reflect.get(here, key) : undefined
  return here
}

const isNothing = (value: unknown): boolean =>
  value === null || (Array.isArray(value) && value.length === 0)
