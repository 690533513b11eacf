import assert from 'node:assert/strict'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { composeCloud } from '../../src/compose/cloud.ts'
import { certificatePort } from '../../src/compose/certificate-port.ts'
import { readYaml } from '../../src/config/read.ts'
import { resolve } from '../../src/config/resolve.ts'
import { configurationSchema } from '../../src/config/schema.ts'
import { dataFolder } from '../../src/core/data-folder.ts'
import { reconcile, type Outcome } from '../../src/core/reconcile.ts'
import { certificate } from '../../src/safeguards/certificate/certificate.ts'
import type { Desired, Do } from '../../src/safeguards/certificate/types.ts'
import { startAuthority, type AuthorityOptions } from '../simulators/acme/authority.ts'
import { startCloudflare } from '../simulators/cloudflare/cloudflare.ts'

const signal = new AbortController().signal
const yes = { approve: () => Promise.resolve(true) }
const day = 86_400_000

async function worldFor(
  t: TestContext,
  options: Partial<AuthorityOptions> = {},
  names = ['ha.example.com'],
) {
  const clock = { offset: 0 }
  const now = () => new Date(Date.now() + clock.offset)
  const cloudflare = await startCloudflare({
    nameServers: [
      { host: '127.0.0.1', port: 0 },
      { host: '127.0.0.1', port: 0 },
    ],
  })
  const account = cloudflare.account('home')
  const zone = cloudflare.zone('example.com', account)
  const token = cloudflare.token(account, ['zone:read', 'dns:edit'])
  const nameServers = cloudflare.nameServers.map(({ host, port }) => ({ host, port }))
  const production = await startAuthority({ nameServers, now, ...options })
  const staging = await startAuthority({ nameServers, now })
  const root = await mkdtemp(join(tmpdir(), 'gatehouse-certificate-'))
  t.after(async () => {
    await Promise.all([cloudflare.close(), production.close(), staging.close()])
    await rm(root, { recursive: true })
  })
  const raw = configurationSchema.parse(
    readYaml(`
names: [${names.join(', ')}]
cloudflare: {token: ${token.value}, base_url: "${cloudflare.baseUrl}"}
certificate: {directory: "${production.directoryUrl}", staging_directory: "${staging.directoryUrl}"}
dns: {nameservers: [${nameServers.map(({ host, port }) => `"${host}:${port}"`).join(', ')}]}
`).value,
  )
  const { settings, complaints } = resolve(raw, root, new Map())
  assert.ok(settings, JSON.stringify(complaints))
  const folder = dataFolder(root)
  const desired: Desired = {
    names,
    directory: settings.certificate.directory,
    staging: settings.certificate.stagingDirectory,
    profile: undefined,
    preferredChain: undefined,
    copyTo: undefined,
  }
  // A fresh one each time: what is known must come from the disk, as in another process.
  const safeguard = () =>
    certificate(
      desired,
      certificatePort(settings, composeCloud(settings, { now, random: () => 0 }), folder, {
        now,
        random: () => 0,
      }),
    )
  const run = (): Promise<Outcome<Do>> => reconcile(safeguard(), desired, yes, signal)
  return { cloudflare, zone, production, staging, folder, desired, safeguard, run, clock, now }
}

const did = (outcome: Outcome<Do>) =>
  outcome.is === 'refused' ? [] : outcome.did.map(({ does }) => does.verb)
const reason = (outcome: Outcome<Do>) =>
  outcome.is === 'unsettled' ? `${outcome.because} ${String(outcome.failure)}` : outcome.is

test('the first certificate is rehearsed, then issued, and nothing of it stays in the zone', async (t) => {
  const world = await worldFor(t)
  const outcome = await world.run()
  assert.equal(outcome.is, 'settled', reason(outcome))
  assert.deepEqual(did(outcome), ['rehearse', 'issue'])
  assert.deepEqual([world.staging.issued.length, world.production.issued.length], [1, 1])
  assert.deepEqual(world.zone.records, [])

  const leaf = new X509Certificate(await readFile(world.folder.certificate.chain))
  assert.equal(leaf.subjectAltName, 'DNS:ha.example.com')
  assert.equal(leaf.subject ?? '', '', 'the tlsserver profile has no common name')
  assert.equal((await stat(world.folder.certificate.key)).mode & 0o777, 0o600)
  assert.deepEqual(did(await world.run()), [])
})

test('it is renewed within the window of the authority, which then counts nothing', async (t) => {
  const world = await worldFor(t, { duplicateLimit: 1 })
  await world.run()
  world.clock.offset = 29 * day
  assert.deepEqual(did(await world.run()), [])
  world.clock.offset = 30.6 * day
  const renewed = await world.run()
  assert.equal(renewed.is, 'settled', reason(renewed))
  assert.deepEqual(did(renewed), ['issue'])
  assert.equal(world.production.issued.length, 2)
})

test('after an incident the authority asks for it earlier, and gets it', async (t) => {
  const world = await worldFor(t)
  await world.run()
  world.clock.offset = day
  assert.deepEqual(did(await world.run()), [])
  world.production.urgeRenewal(true)
  const renewed = await world.run()
  assert.equal(renewed.is, 'settled', reason(renewed))
  assert.deepEqual(did(renewed), ['issue'])
})

test('an answer to finalize that is lost costs nothing of the five a week', async (t) => {
  const world = await worldFor(t)
  world.production.fault('lost', 1, 'finalize')
  assert.equal((await world.run()).is, 'settled')
  assert.equal(world.production.issued.length, 1)
})

test('a certificate that was issued and never put in use is fetched by the next run', async (t) => {
  const world = await worldFor(t)
  // Cut off while the answer was on its way, again and again.
  world.production.fault('cut', 99, 'certificate')
  for (let i = 0; i < 3; i++) {
    assert.equal((await world.run()).is, 'unsettled')
    world.clock.offset += 4 * 3_600_000
  }
  assert.equal(world.production.issued.length, 1)
  world.production.clearFaults()
  const outcome = await world.run()
  assert.equal(outcome.is, 'settled', reason(outcome))
  assert.equal(world.production.issued.length, 1)
  const names = await readdir(world.folder.certificate.folder)
  assert.ok(!names.includes('order.json') && !names.includes('attempts.json'), names.join())
})

test('the moment is drawn once, kept, and holds while the authority is silent', async (t) => {
  const world = await worldFor(t)
  await world.run()
  const read = async () => {
    const { renewAt } = await world.safeguard().observe(signal)
    return renewAt.is === 'known' ? renewAt.value.toISOString() : renewAt.is
  }
  const drawn = await read()
  assert.match(drawn, /^20/)
  assert.equal(await read(), drawn)
  const file = join(world.folder.certificate.folder, 'renewal.json')
  const before = await stat(file)
  await world.production.close()
  assert.equal(await read(), drawn)
  assert.equal((await stat(file)).mtimeMs, before.mtimeMs)
})

test('failures are remembered by the next process, and it waits', async (t) => {
  const world = await worldFor(t, { nameServers: [{ host: '127.0.0.1', port: 1 }] })
  for (let i = 0; i < 8; i++) await world.run()
  assert.equal(world.production.counts.failedValidations, 3)
  const plan = world.safeguard().plan(world.desired, await world.safeguard().observe(signal))
  assert.deepEqual(plan.steps, [])
  assert.match(plan.left.join(), /3 attempts failed/)
  world.clock.offset = 61 * 60_000
  await world.run()
  assert.equal(world.production.counts.failedValidations, 4)
})

test('nothing is ordered that could not be kept', async (t) => {
  const world = await worldFor(t)
  await writeFile(world.folder.certificate.folder, 'a file where the folder should be')
  const outcome = await world.run()
  assert.ok(outcome.is === 'unsettled')
  assert.match(String(Reflect.get(Object(outcome.failure), 'code')), /^disk\//)
  assert.equal(world.production.issued.length, 0)
})

test('a data folder that came back from a backup is used as it is, damaged files are replaced', async (t) => {
  const world = await worldFor(t)
  await world.run()
  const live = join(world.folder.certificate.folder, 'live')
  const files = await Promise.all(
    ['fullchain.pem', 'privkey.pem', 'about.json'].map(async (name) => ({
      name,
      text: await readFile(join(live, name)),
    })),
  )
  // Some backups follow links.
  await rm(live)
  await mkdir(live)
  for (const { name, text } of files) await writeFile(join(live, name), text, { mode: 0o600 })
  assert.deepEqual(did(await world.run()), [])

  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await writeFile(
    world.folder.certificate.key,
    privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
  const outcome = await world.run()
  assert.equal(outcome.is, 'settled', reason(outcome))
  assert.deepEqual(did(outcome), ['issue'])
  assert.ok((await lstat(live)).isSymbolicLink())
})

test('another name, and a name less, each mean another certificate', async (t) => {
  const world = await worldFor(t, {}, ['ha.example.com', 'cam.example.com'])
  await world.run()
  assert.equal(world.production.issued[0]?.names, 'cam.example.com,ha.example.com')
  const fewer = { ...world.desired, names: ['ha.example.com'] }
  const plan = world.safeguard().plan(fewer, await world.safeguard().observe(signal))
  assert.match(plan.steps[0]?.says ?? '', /cam\.example\.com is no longer wished/)
})

test('servers that lag are waited for, and the authority is asked once', async (t) => {
  const world = await worldFor(t)
  world.cloudflare.lag(1, 700)
  const outcome = await world.run()
  assert.equal(outcome.is, 'settled', reason(outcome))
  assert.equal(world.production.counts.failedValidations, 0)
})

test('bad nonces and short outages are overcome', async (t) => {
  const world = await worldFor(t)
  world.production.fault('bad-nonce', 3)
  world.production.fault('outage', 1)
  assert.equal((await world.run()).is, 'settled')
})

const failures = [
  ['rate-limited', 'certificate/rate-limited'],
  ['html', 'certificate/authority-down'],
  ['cut', 'certificate/authority-unreachable'],
] as const
for (const [fault, code] of failures) {
  test(`the authority's ${fault} is a clear problem that loses nothing`, async (t) => {
    const world = await worldFor(t)
    world.production.fault(fault, 9)
    const outcome = await world.run()
    assert.ok(outcome.is === 'unsettled')
    assert.equal(Reflect.get(Object(outcome.failure), 'code'), code)
    assert.deepEqual(world.zone.records, [])
  })
}

test('an authority that does not see the proof is told as such, and the record is removed', async (t) => {
  const world = await worldFor(t, { nameServers: [{ host: '127.0.0.1', port: 1 }] })
  const outcome = await world.run()
  assert.ok(outcome.is === 'unsettled')
  assert.match(outcome.because, /did not find the proof/)
  assert.deepEqual(world.zone.records, [])
})

test('a delegated challenge is found before anybody is asked', async (t) => {
  const world = await worldFor(t)
  world.zone.records.push({
    id: 'c',
    type: 'CNAME',
    name: '_acme-challenge.ha.example.com',
    content: 'elsewhere.example.net',
    proxied: false,
    ttl: 1,
    comment: null,
    createdOn: '',
    modifiedOn: '',
  })
  const outcome = await world.run()
  assert.ok(outcome.is === 'unsettled')
  assert.equal(Reflect.get(Object(outcome.failure), 'code'), 'dns/challenge-delegated')
  assert.equal(world.production.issued.length + world.staging.issued.length, 0)
  assert.equal(world.zone.records.length, 1)
})

test('stopped at any moment, the next run converges and leaves no record behind', async (t) => {
  const world = await worldFor(t, { validationMs: 50 })
  for (const ms of [5, 20, 40, 60, 90, 130, 180, 250]) {
    await rm(world.folder.certificate.folder, { recursive: true, force: true })
    await reconcile(world.safeguard(), world.desired, yes, AbortSignal.timeout(ms)).catch(
      () => undefined,
    )
    const outcome = await world.run()
    assert.equal(outcome.is, 'settled', `${ms} ms: ${reason(outcome)}`)
    assert.deepEqual(world.zone.records, [], `${ms} ms`)
    // The limit of five per week is real: a stopped run must not use it up.
    if (world.production.issued.length > 3) world.clock.offset += 8 * day
  }
})

test('a wrong clock is named as the cause', async (t) => {
  const world = await worldFor(t, { now: () => new Date(Date.now() - 400 * day) })
  const outcome = await world.run()
  assert.ok(outcome.is === 'unsettled')
  assert.equal(Reflect.get(Object(outcome.failure), 'code'), 'clock/wrong')
})
