import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { cloudflareClient } from '../../src/adapters/cloudflare/client.ts'
import { originPulls as api } from '../../src/adapters/cloudflare/pulls.ts'
import { originFiles } from '../../src/adapters/system/gateway-files.ts'
import { pullsStore } from '../../src/adapters/system/pulls-store.ts'
import { certificatesIn } from '../../src/core/certificate.ts'
import { dataFolder } from '../../src/core/data-folder.ts'
import { seconds } from '../../src/core/duration.ts'
import { reconcile, type Outcome } from '../../src/core/reconcile.ts'
import { Secret } from '../../src/core/secret.ts'
import { leafOf } from '../../src/safeguards/origin-pulls/leaf.ts'
import { originPulls } from '../../src/safeguards/origin-pulls/origin-pulls.ts'
import type { Desired, Do } from '../../src/safeguards/origin-pulls/types.ts'
import { startCloudflare } from '../simulators/cloudflare/cloudflare.ts'
import { makeAuthority } from '../simulators/pki.ts'

const signal = new AbortController().signal
const yes = { approve: () => Promise.resolve(true) }
const host = 'ha.example.com'
const day = 86_400_000

async function worldFor(t: TestContext) {
  const clock = { offset: 0 }
  const now = () => new Date(Date.now() + clock.offset)
  const cloudflare = await startCloudflare({ deployMs: 20, now })
  const account = cloudflare.account('home')
  const zone = cloudflare.zone('example.com', account)
  const token = cloudflare.token(account, ['zone:read', 'ssl_and_certificates:edit'])
  const root = await mkdtemp(join(tmpdir(), 'gatehouse-pulls-'))
  t.after(async () => {
    await cloudflare.close()
    await rm(root, { recursive: true })
  })
  const folder = dataFolder(root)
  const origin = originFiles(folder)
  const modes: string[] = []
  // What the edge does: it presents what is associated and active, and the gateway notes it.
  const requestThroughEdge = async (name: string) => {
    const at = zone.pulls.associations.get(name)
    const certificate = zone.pulls.certificates.find(({ id }) => id === at?.certificateId)
    const leaf = certificate && leafOf(certificate.certificate)
    if (at?.enabled === true && leaf) await origin.recordSeen(leaf.fingerprint, now())
    return 'the edge answers 200'
  }
  const safeguard = (request = requestThroughEdge) =>
    originPulls(
      [host],
      {
        ...pullsStore(folder, now),
        ...api(
          cloudflareClient({
            baseUrl: cloudflare.baseUrl,
            token: new Secret('token', token.value),
            now,
            random: () => 0,
          }),
          zone.id,
        ),
        mode: () => origin.mode(),
        async setMode(mode) {
          modes.push(`${mode}${seenAtEdge() ? '' : ' blindly'}`)
          await origin.setMode(mode)
        },
        seen: (fingerprint) => origin.seen(fingerprint),
        requestThroughEdge: request,
        now,
      },
      { deployedWithin: seconds(5), seenWithin: seconds(1) },
    )
  const seenAtEdge = () => zone.pulls.associations.get(host)?.enabled === true
  const desired: Desired = { names: [host], mode: 'required', tls: 'gateway' }
  const run = (wish = desired, s = signal): Promise<Outcome<Do>> =>
    reconcile(safeguard(), wish, yes, s)
  const mode = async () => {
    const fact = await origin.mode()
    return fact.is === 'known' ? fact.value : fact.is
  }
  return { cloudflare, zone, folder, origin, clock, modes, safeguard, desired, run, mode }
}

const reason = (outcome: Outcome<Do>) => (outcome.is === 'unsettled' ? outcome.because : outcome.is)

test('from nothing to demanded, in the one order that shuts nobody out', async (t) => {
  const world = await worldFor(t)
  const outcome = await world.run()
  assert.equal(outcome.is, 'settled', reason(outcome))
  assert.equal(await world.mode(), 'required')
  assert.deepEqual(world.modes, ['optional', 'required'])
  assert.ok(outcome.is === 'settled')
  assert.deepEqual(
    outcome.did.map(({ does }) => does.verb),
    ['make-authority', 'make-leaf', 'upload', 'associate', 'demand', 'see', 'demand'],
  )
  assert.equal((await world.run()).is, 'settled')
  assert.equal(world.zone.pulls.certificates.length, 1)
  assert.deepEqual(
    world.safeguard().check(world.desired, await world.safeguard().observe(signal), new Date()),
    [],
  )
})

test('keys are readable by their owner only, and in no step', async (t) => {
  const world = await worldFor(t)
  const outcome = await world.run()
  for (const name of await readdir(world.folder.pulls.folder))
    assert.equal((await stat(join(world.folder.pulls.folder, name))).mode & 0o777, 0o600, name)
  assert.doesNotMatch(JSON.stringify(outcome), /PRIVATE KEY/)
  assert.doesNotMatch(await readFile(world.folder.pulls.authorities, 'utf8'), /PRIVATE KEY/)
})

test('what never arrives is never demanded, and what came instead is said', async (t) => {
  const world = await worldFor(t)
  const safeguard = world.safeguard(() => Promise.resolve('the edge answers 522'))
  const outcome = await reconcile(safeguard, world.desired, yes, signal)
  assert.match(reason(outcome), /the edge answers 522/)
  assert.equal(await world.mode(), 'optional')
  assert.equal((await world.run()).is, 'settled')
})

test('stopped after any effect, and with lost answers, the next run converges with one certificate', async (t) => {
  for (let nth = 0; nth < 7; nth++) {
    const world = await worldFor(t)
    let steps = 0
    const stopping = new AbortController()
    const progress = ({ at }: { at: 'starts' | 'ends' }) => {
      if (at === 'starts' && steps++ === nth) {
        world.cloudflare.api.fault(/^(POST|PUT) /, { is: 'lost-answer' })
        setTimeout(() => stopping.abort(), 15)
      }
      return Promise.resolve()
    }
    await reconcile(world.safeguard(), world.desired, { ...yes, progress }, stopping.signal).catch(
      () => undefined,
    )
    world.cloudflare.api.clearFaults()
    const outcome = await world.run()
    assert.equal(outcome.is, 'settled', `${nth}: ${reason(outcome)}`)
    assert.equal(world.zone.pulls.certificates.length, 1)
    assert.ok(!world.modes.includes('required blindly'))
  }
})

test('the certificate is replaced before it ends, while the old one still works', async (t) => {
  const world = await worldFor(t)
  await world.run()
  const [first] = world.zone.pulls.certificates
  world.clock.offset = 310 * day
  const rotated = await world.run()
  assert.equal(rotated.is, 'settled', reason(rotated))
  const [second, ...more] = world.zone.pulls.certificates
  assert.notEqual(second?.id, first?.id)
  assert.deepEqual(more, [])
  assert.equal(world.zone.pulls.associations.get(host)?.certificateId, second?.id)
  assert.equal(await world.mode(), 'required')
})

test('over twelve years leaf and authority are replaced, and what the edge presents is accepted at every step', async (t) => {
  const world = await worldFor(t)
  await world.run()
  const accepted = () => readFile(world.folder.pulls.authorities, 'utf8').then(certificatesIn)
  const check = async (when: string) => {
    const id = world.zone.pulls.associations.get(host)?.certificateId
    const presented = world.zone.pulls.certificates.find((each) => each.id === id)
    const leaf = new X509Certificate(presented?.certificate ?? '')
    const signers = (await accepted()).map((pem) => new X509Certificate(pem))
    assert.ok(
      signers.some((signer) => leaf.checkIssued(signer) && leaf.verify(signer.publicKey)),
      `${when}: the gateway would shut the edge out`,
    )
    const now = Date.now() + world.clock.offset
    assert.ok(leaf.validToDate.getTime() > now, `${when}: what the edge presents has ended`)
    for (const { validToDate } of signers) assert.ok(validToDate.getTime() > now, when)
  }
  const authorities = new Set<string>()
  let most = 0
  for (let month = 1; month <= 12 * 12; month++) {
    world.clock.offset = month * 30 * day
    const progress = () => check(`month ${month}`)
    const outcome = await reconcile(world.safeguard(), world.desired, { ...yes, progress }, signal)
    assert.equal(outcome.is, 'settled', `month ${month}: ${reason(outcome)}`)
    const now = await accepted()
    most = Math.max(most, now.length)
    for (const pem of now) authorities.add(pem)
  }
  assert.equal(authorities.size, 2)
  assert.equal(most, 2, 'both are accepted for a while')
  assert.equal((await accepted()).length, 1, 'and then the new one alone')
  assert.equal(await world.mode(), 'required')
  assert.ok(!world.modes.includes('off'))
})

test('certificates of somebody else stay, and a zone that is full of them is said so', async (t) => {
  const world = await worldFor(t)
  const theirs = await makeAuthority('theirs')
  for (let i = 0; i < 10; i++) {
    const { certificatePem, keyPem } = await theirs.issue({
      names: [`their-${i}`],
      clientAuth: true,
    })
    world.zone.pulls.certificates.push({
      id: `t${i}`,
      certificate: certificatePem,
      privateKey: keyPem,
      expiresOn: '',
      serial: String(i),
      uploadedAt: 0,
    })
  }
  const outcome = await world.run()
  assert.ok(outcome.is === 'settled')
  assert.match(outcome.left.join(), /no room for ours/)
  assert.equal(await world.mode(), 'off')
  world.zone.pulls.certificates.pop()
  assert.equal((await world.run()).is, 'settled')
  assert.equal(world.zone.pulls.certificates.filter(({ id }) => id.startsWith('t')).length, 9)
})

test('where Home Assistant ends TLS it is left off, and says why', async (t) => {
  const world = await worldFor(t)
  const desired = { ...world.desired, tls: 'home-assistant' as const }
  const outcome = await world.run(desired)
  assert.ok(outcome.is === 'settled')
  assert.match(outcome.left.join(), /tls: gateway/)
  const safeguard = world.safeguard()
  const found = safeguard.check(desired, await safeguard.observe(signal), new Date())
  assert.deepEqual(
    found.map(({ code }) => code),
    ['pulls/off'],
  )
  assert.match(found[0]?.hint ?? '', /`tls: gateway`; .* does not change it/)
})

test('it can be undone: nobody demands it, nobody presents it, and it is gone', async (t) => {
  const world = await worldFor(t)
  const outcome = await world.run()
  assert.ok(outcome.is === 'settled')
  for (const { does } of outcome.did.toReversed()) {
    for (const step of world.safeguard().undo(does, await world.safeguard().observe(signal)).steps)
      await world.safeguard().apply(step, signal)
  }
  assert.equal(await world.mode(), 'off')
  assert.equal(world.zone.pulls.associations.size, 0)
  assert.equal(world.zone.pulls.certificates.length, 0)
})
