import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import type { StoredAccount } from '../../../src/adapters/acme/account.ts'
import { acmeClient } from '../../../src/adapters/acme/client.ts'
import { certificatesIn } from '../../../src/core/certificate.ts'
import type { Problem } from '../../../src/core/problem.ts'
import { startAuthority, type AuthorityOptions } from './authority.ts'
import { startProofZone } from './zone.ts'

const signal = new AbortController().signal
const day = 86_400_000

async function worldFor(t: TestContext, options: Partial<AuthorityOptions> = {}) {
  const clock = { at: Date.now() }
  const now = () => new Date(clock.at)
  const zone = await startProofZone()
  const authority = await startAuthority({ nameServers: [zone.server], now, ...options })
  t.after(() => Promise.all([zone.close(), authority.close()]))
  const newClient = () => {
    let stored: StoredAccount | undefined
    return acmeClient({
      directoryUrl: authority.directoryUrl,
      account: {
        load: () => Promise.resolve(stored),
        save: (account) => {
          stored = account
          return Promise.resolve()
        },
      },
      now,
    })
  }
  const client = newClient()
  const obtain = (name: string, more: object = {}) =>
    client.obtain({ names: [`${name}.example.com`], ...more }, zone.challenges, signal)
  return { authority, zone, client, newClient, obtain, clock, now }
}

const limited = (error: Problem) => {
  assert.equal(error.code, 'certificate/rate-limited')
  return true
}

test('what it signs leads to its root, by either chain', async (t) => {
  const { obtain, authority } = await worldFor(t)
  const check = (chainPem: string, rootPem: string) => {
    const root = new X509Certificate(rootPem)
    const top = new X509Certificate(certificatesIn(chainPem).at(-1) ?? '')
    assert.ok(top.verify(root.publicKey))
  }
  check((await obtain('a')).chainPem, authority.rootPem)
  check((await obtain('a', { preferredChain: 'Lab Root X2' })).chainPem, authority.alternateRootPem)
})

test('five for the same names, then one every 34 hours, and a renewal in its window at any time', async (t) => {
  const { obtain, authority, clock } = await worldFor(t)
  const first = await obtain('a')
  for (let i = 0; i < 4; i++) await obtain('a')
  await assert.rejects(obtain('a'), limited)
  await obtain('b')
  clock.at += 33 * 3_600_000
  await assert.rejects(obtain('a'), limited)
  clock.at += 2 * 3_600_000
  await obtain('a')
  await assert.rejects(obtain('a'), limited)
  authority.urgeRenewal(true)
  await obtain('a', { replaces: first.chainPem })
})

test('failed proofs, accounts and orders are limited too, and each limit can be another', async (t) => {
  const { zone, newClient, clock } = await worldFor(t, {
    limits: {
      failuresPerName: { count: 2, hours: 1 },
      accountsPerAddress: { count: 3, hours: 3 },
      ordersPerAccount: { count: 4, hours: 3 },
    },
  })
  const hidden = {
    ...zone.challenges,
    publish: () => Promise.resolve(),
    waitUntilServed: () => Promise.resolve(),
  }
  const client = newClient()
  const failing = () => client.obtain({ names: ['no.example.com'] }, hidden, signal)
  const order = (from = client) =>
    from.obtain({ names: ['a.example.com'] }, zone.challenges, signal)
  await assert.rejects(failing(), { code: 'certificate/not-validated' })
  await assert.rejects(failing(), { code: 'certificate/not-validated' })
  await assert.rejects(failing(), limited)
  await order()
  await order()
  await assert.rejects(order(), limited)
  await order(newClient())
  await order(newClient())
  await assert.rejects(order(newClient()), limited)
  clock.at += day
  await order(newClient())
})

test('an answer that is lost after the work does not cost a second certificate', async (t) => {
  const { obtain, authority } = await worldFor(t)
  authority.fault('lost', 1, 'finalize')
  const { chainPem } = await obtain('a')
  assert.match(chainPem, /BEGIN CERTIFICATE/)
  authority.fault('cut', 1, 'finalize')
  await obtain('b')
  assert.equal(authority.issued.length, 2)
})

for (const fault of ['bad-nonce', 'outage', 'cut', 'lost', 'html'] as const) {
  test(`any one request may meet ${fault} once, and the certificate still comes`, async (t) => {
    const places = ['new-account', 'new-order', 'authz', 'challenge', 'finalize', 'certificate']
    await Promise.all(
      places.map(async (at) => {
        const { obtain, authority } = await worldFor(t)
        authority.fault(fault, 1, at)
        await obtain('a')
        assert.equal(authority.issued.length, 1, at)
      }),
    )
  })
}

test('an endless answer is a problem, not the end of the memory', async (t) => {
  const { obtain, authority } = await worldFor(t)
  authority.fault('huge', 1, 'new-order')
  await assert.rejects(obtain('a'), { code: 'certificate/authority-unreadable' })
})

test('an incident asks for what was issued before it, not for what came after', async (t) => {
  const { obtain, client, authority, clock, now } = await worldFor(t)
  const before = await obtain('a')
  authority.urgeRenewal(true)
  clock.at += 1000
  const after = await obtain('a', { replaces: before.chainPem })
  const endOf = async (pem: string) =>
    (await client.renewalWindow(pem, signal))?.window.end ?? now()
  assert.ok((await endOf(before.chainPem)) < now())
  assert.ok((await endOf(after.chainPem)) > now())
})

test('the key of an account changes: the old one is nobody then', async (t) => {
  const { client, obtain } = await worldFor(t)
  await obtain('a')
  await client.changeKey(signal)
  await obtain('b')
})

test('it runs as a process of its own', async (t) => {
  const zone = await startProofZone()
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'main.ts'), JSON.stringify({ nameServers: [zone.server] })],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.after(async () => {
    child.kill()
    await zone.close()
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const { directoryUrl } = JSON.parse(line.toString('utf8')) as { directoryUrl: string }
  assert.equal((await fetch(directoryUrl)).status, 200)
})
