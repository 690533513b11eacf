import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'

import { npmPackage } from '../toolbox/npm-package.ts'
import { makeAuthority } from '../simulators/pki.ts'
import { startWorld, type World } from './cloudflare-world.ts'

// The official client, unmodified, against our Cloudflare. It is 120 MB, so the toolbox fetches it for this test alone.

const version = '7.3.0'

// The answers of somebody else's client, looked at by assertions only.
// oxlint-disable typescript/no-explicit-any
type Calls<Names extends string> = Record<
  Names,
  (...args: readonly unknown[]) => Promise<any> & AsyncIterable<any>
>
type Client = {
  readonly zones: Calls<'list' | 'get'> & { readonly settings: Calls<'get' | 'edit'> }
  readonly dns: {
    readonly records: Calls<'list' | 'get' | 'create' | 'edit' | 'update' | 'delete' | 'batch'>
  }
  readonly user: { readonly tokens: Calls<'verify'> }
  readonly ips: Calls<'list'>
  readonly rulesets: Calls<'list'> & {
    readonly phases: Calls<'get' | 'update'>
    readonly rules: Calls<'create' | 'delete'>
  }
  readonly originTLSClientAuth: {
    readonly hostnames: Calls<'get' | 'update'>
    readonly hostnameCertificates: Calls<'create'>
  }
}
type Sdk = { readonly Cloudflare: new (options: Record<string, unknown>) => Client }

const found = await npmPackage('cloudflare', version).then(
  (load) => ({ sdk: load('cloudflare') as Sdk }),
  (error: unknown) => ({ missing: `the official client: ${String(error)}` }),
)

suite(`the official client ${version}`, { skip: 'missing' in found && found.missing }, () => {
  let world: World
  let client: Client
  const signedIn = (apiToken: string, more = {}): Client => {
    if ('missing' in found) throw new Error(found.missing)
    return new found.sdk.Cloudflare({ apiToken, baseURL: world.cloudflare.baseUrl, ...more })
  }

  before(async () => {
    world = await startWorld()
    client = signedIn(world.token.value)
  })
  after(() => world.close())

  test('finds the zone by its name, and verifies its token', async () => {
    const zones = await client.zones.list({ name: 'example.com' })
    assert.deepEqual(
      zones.result.map(({ id, name, status, paused }: Record<string, unknown>) => ({
        id,
        name,
        status,
        paused,
      })),
      [{ id: world.zone.id, name: 'example.com', status: 'active', paused: false }],
    )
    assert.equal((await client.user.tokens.verify()).status, 'active')
    assert.deepEqual((await client.ips.list()).ipv4_cidrs, ['198.51.100.0/24'])
  })

  test('makes, changes and removes a record, and the name servers follow', async () => {
    const zone = { zone_id: world.zone.id }
    const made = await client.dns.records.create({
      ...zone,
      type: 'A',
      name: 'ha.example.com',
      content: '203.0.113.7',
      proxied: true,
      ttl: 1,
      comment: 'by the client',
    })
    assert.equal(made.name, 'ha.example.com')
    assert.equal(made.proxied, true)
    assert.ok(Date.parse(String(made.created_on)))

    const edited = await client.dns.records.edit(made.id, {
      ...zone,
      content: '203.0.113.8',
      type: 'A',
      name: 'ha.example.com',
      ttl: 1,
    })
    assert.deepEqual(
      [edited.content, edited.proxied],
      ['203.0.113.8', true],
      'a PATCH keeps what it does not say',
    )

    const put = await client.dns.records.update(made.id, {
      ...zone,
      content: '203.0.113.9',
      type: 'A',
      name: 'ha.example.com',
      ttl: 1,
    })
    assert.equal(put.proxied, false, 'a PUT exposes the home when it does not say proxied')

    assert.equal((await client.dns.records.get(made.id, zone)).content, '203.0.113.9')
    await client.dns.records.delete(made.id, zone)
    await assert.rejects(client.dns.records.get(made.id, zone), { status: 404 })
    assert.deepEqual(world.zone.records, [])
  })

  test('walks through all pages', async () => {
    const zone = { zone_id: world.zone.id }
    for (let i = 0; i < 45; i++) {
      await client.dns.records.create({
        ...zone,
        type: 'TXT',
        name: `t${i}.example.com`,
        content: `"${i}"`,
        ttl: 60,
      })
    }
    const names = new Set<string>()
    for await (const record of client.dns.records.list({ ...zone, per_page: 20 }))
      names.add(String(record.name))
    assert.equal(names.size, 45)
    const deletes = world.zone.records.map(({ id }) => ({ id }))
    await client.dns.records.batch({ ...zone, deletes })
    assert.deepEqual(world.zone.records, [])
  })

  test('reads our refusals as the errors they are', async () => {
    const zone = { zone_id: world.zone.id }
    const record = { ...zone, type: 'A', name: 'twice.example.com', content: '203.0.113.7', ttl: 1 }
    await client.dns.records.create(record)
    await assert.rejects(
      client.dns.records.create(record),
      (error: { status: number; errors: { code: number }[] }) => {
        assert.equal(error.status, 400)
        assert.equal(error.errors[0]?.code, 81058)
        return true
      },
    )
    await assert.rejects(signedIn('cfut_0000000000000000000000000000').zones.list(), {
      status: 403,
    })
    await assert.rejects(client.rulesets.list(zone), { status: 403 }, 'the token may edit DNS only')
    await assert.rejects(client.zones.get({ zone_id: '0'.repeat(32) }), { status: 403 })
  })

  test('waits and asks again when told to, and gives up on a lost answer', async () => {
    world.cloudflare.api.fault(/^GET \/zones$/u, {
      is: 'refused-before',
      status: 429,
      headers: { 'retry-after': '1' },
    })
    assert.equal((await client.zones.list()).result.length, 1)
    world.cloudflare.api.fault(/^GET \/zones$/u, { is: 'lost-answer' })
    await assert.rejects(signedIn(world.token.value, { maxRetries: 0 }).zones.list())
    world.cloudflare.api.clearFaults()
  })

  test('sets settings, rules and pulls with a wider token', async () => {
    const zone = { zone_id: world.zone.id }
    const wide = signedIn(
      world.cloudflare.token(world.zone.account, [
        ...(['zone:read', 'dns:edit', 'zone_settings:edit', 'config_settings:edit'] as const),
        ...(['zone_waf:edit', 'ssl_and_certificates:edit'] as const),
      ]).value,
    )
    assert.equal((await wide.zones.settings.get('ssl', zone)).value, 'full')
    assert.equal(
      (await wide.zones.settings.edit('ssl', { ...zone, value: 'strict' })).value,
      'strict',
    )

    const phase = 'http_config_settings'
    await assert.rejects(wide.rulesets.phases.get(phase, zone), { status: 404 })
    const rule = {
      ref: 'gatehouse_strict',
      expression: 'http.host eq "ha.example.com"',
      action: 'set_config',
      action_parameters: { ssl: 'strict' },
    }
    const ruleset = await wide.rulesets.phases.update(phase, { ...zone, rules: [rule] })
    assert.equal(ruleset.rules[0].ref, 'gatehouse_strict')
    const more = await wide.rulesets.rules.create(ruleset.id, {
      ...zone,
      ...rule,
      ref: 'another',
    })
    assert.equal(more.rules.length, 2)
    await wide.rulesets.rules.delete(more.rules[1].id, { ...zone, ruleset_id: ruleset.id })
    assert.equal((await wide.rulesets.phases.get(phase, zone)).rules.length, 1)

    const authority = await makeAuthority('pulls of the house')
    const leaf = await authority.issue({ names: ['pulls.example.com'], clientAuth: true })
    const uploaded = await wide.originTLSClientAuth.hostnameCertificates.create({
      ...zone,
      certificate: leaf.certificatePem,
      private_key: leaf.keyPem,
    })
    await wide.originTLSClientAuth.hostnames.update({
      ...zone,
      config: [{ hostname: 'ha.example.com', cert_id: uploaded.id, enabled: true }],
    })
    const association = await wide.originTLSClientAuth.hostnames.get('ha.example.com', zone)
    assert.deepEqual(
      [association.cert_id, association.enabled, association.status],
      [uploaded.id, true, 'active'],
    )
  })
})
