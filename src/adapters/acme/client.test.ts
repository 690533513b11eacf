import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test, type TestContext } from 'node:test'

import { startAuthority, type AuthorityOptions } from '../../../lab/simulators/acme/authority.ts'
import { startCloudflare } from '../../../lab/simulators/cloudflare/cloudflare.ts'
import { certificatesIn } from '../../core/certificate.ts'
import { Secret } from '../../core/secret.ts'
import type { AccountStore } from './account.ts'
import { acmeClient, type AcmeOptions, type Challenges } from './client.ts'

const signal = new AbortController().signal

async function worldFor(t: TestContext, options: Partial<AuthorityOptions> = {}) {
  const cloudflare = await startCloudflare({ nameServers: [{ host: '127.0.0.1', port: 0 }] })
  const zone = cloudflare.zone('example.com', cloudflare.account('home'))
  const authority = await startAuthority({ nameServers: cloudflare.nameServers, ...options })
  t.after(() => Promise.all([cloudflare.close(), authority.close()]))
  const challenges: Challenges = {
    publish(name, value) {
      zone.records.push({
        id: value,
        type: 'TXT',
        name,
        content: `"${value}"`,
        proxied: false,
        ttl: 60,
        comment: null,
        createdOn: '',
        modifiedOn: '',
      })
      return Promise.resolve()
    },
    waitUntilServed: () => Promise.resolve(),
    withdraw(_name, value) {
      zone.records = zone.records.filter(({ id }) => id !== value)
      return Promise.resolve()
    },
  }
  const saved: { account: Awaited<ReturnType<AccountStore['load']>> } = { account: undefined }
  const account: AccountStore = {
    load: () => Promise.resolve(saved.account),
    save(made) {
      saved.account = made
      return Promise.resolve()
    },
  }
  const client = (more: Partial<AcmeOptions> = {}) =>
    acmeClient({ directoryUrl: authority.directoryUrl, account, now: () => new Date(), ...more })
  const obtain = (more: object = {}, options_: Partial<AcmeOptions> = {}) =>
    client(options_).obtain({ names: ['ha.example.com'], ...more }, challenges, signal)
  return { authority, zone, saved, client, obtain }
}

test('an account is made once and found again; a valid proof is not asked for twice', async (t) => {
  const { obtain, authority, saved } = await worldFor(t)
  await obtain()
  const { account } = saved
  await obtain()
  assert.deepEqual(saved.account, account)
  assert.equal(authority.counts.validations, 1)
  assert.equal(authority.issued.length, 2)
})

test('profiles: the short one where it is offered, the wished one, and a clear no', async (t) => {
  const { obtain, authority } = await worldFor(t)
  assert.equal((await obtain()).profile, 'tlsserver')
  assert.equal((await obtain({ profile: 'shortlived' })).profile, 'shortlived')
  assert.ok((authority.issued[1]?.days ?? 0) < 7)
  await assert.rejects(obtain({ profile: 'eternal' }), {
    code: 'certificate/profile',
    hint: /classic, tlsserver, shortlived/,
  })
  const plain = await worldFor(t, { profiles: { default: { days: 90, commonName: true } } })
  assert.equal((await plain.obtain()).profile, undefined)
})

test('the chain that is preferred, and the one that comes where there is none such', async (t) => {
  const { obtain } = await worldFor(t)
  const rootOf = (pem: string) => new X509Certificate(certificatesIn(pem).at(-1) ?? '').issuer
  assert.equal(rootOf((await obtain()).chainPem), 'CN=Lab Root X1')
  assert.equal(rootOf((await obtain({ preferredChain: 'Lab Root X2' })).chainPem), 'CN=Lab Root X2')
  assert.equal(rootOf((await obtain({ preferredChain: 'Nobody' })).chainPem), 'CN=Lab Root X1')
})

test('an external account binding is made, and asked for where it is missing', async (t) => {
  const hmac = Buffer.from('a key of the authority').toString('base64url')
  const { obtain } = await worldFor(t, { eabKeys: new Map([['kid-1', hmac]]) })
  await assert.rejects(obtain(), { code: 'certificate/account-binding', hint: /eab_key_id/ })
  const issued = await obtain({}, { eab: { keyId: 'kid-1', hmac: new Secret('hmac', hmac) } })
  assert.match(issued.chainPem, /BEGIN CERTIFICATE/)
})

test('renewal: a window, a successor inside it, and once more without `replaces` where that is refused', async (t) => {
  const { obtain, client, authority } = await worldFor(t)
  const { chainPem } = await obtain()
  const found = await client().renewalWindow(chainPem, signal)
  assert.ok(found && found.window.end > found.window.start && found.againAt > new Date())
  const days = (found.window.start.getTime() - Date.now()) / 86_400_000
  assert.ok(days > 29 && days < 30, `${days}`)
  await obtain({ replaces: chainPem })
  assert.equal(authority.issued[0]?.replaced, true)
  await obtain({ replaces: chainPem })
  assert.equal(authority.issued.length, 3)
})

test('a certificate is revoked, and then its window lies in the past', async (t) => {
  const { obtain, client, authority } = await worldFor(t)
  const { chainPem } = await obtain()
  await client().revoke(certificatesIn(chainPem)[0] ?? '', signal)
  assert.equal(authority.issued[0]?.revoked, true)
  const found = await client().renewalWindow(chainPem, signal)
  assert.ok(found && found.window.end < new Date())
})

test('the limit of the authority becomes a time, not a sleep', async (t) => {
  const { obtain } = await worldFor(t, { duplicateLimit: 1 })
  await obtain()
  const started = performance.now()
  await assert.rejects(obtain(), (error: { code?: string; retryAt?: Date }) => {
    assert.equal(error.code, 'certificate/rate-limited')
    assert.ok(error.retryAt && error.retryAt.getTime() > Date.now() + 33 * 3_600_000)
    return true
  })
  assert.ok(performance.now() - started < 60_000)
})

test('what is not an ACME server is told apart from one that is down', async (t) => {
  const cloudflare = await startCloudflare()
  t.after(() => cloudflare.close())
  const { client } = await worldFor(t)
  const challenges = {
    publish: () => Promise.resolve(),
    waitUntilServed: () => Promise.resolve(),
    withdraw: () => Promise.resolve(),
  }
  const at = (directoryUrl: string) =>
    client({ directoryUrl }).obtain({ names: ['a.example.com'] }, challenges, signal)
  await assert.rejects(at(`${cloudflare.baseUrl}/ips`), {
    code: 'certificate/authority-unreadable',
  })
  await assert.rejects(at('http://127.0.0.1:59998/directory'), {
    code: 'certificate/authority-unreachable',
  })
})
