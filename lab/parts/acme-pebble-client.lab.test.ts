import assert from 'node:assert/strict'
import { randomInt, X509Certificate } from 'node:crypto'
import { after, before, suite, test } from 'node:test'

import { acmeClient, type AcmeClient, type AcmeOptions } from '../../src/adapters/acme/client.ts'
import type { StoredAccount } from '../../src/adapters/acme/account.ts'
import { certificatesIn, checkPair } from '../../src/core/certificate.ts'
import { Problem } from '../../src/core/problem.ts'
import { Secret } from '../../src/core/secret.ts'
import { startProofZone, type ProofZone } from '../simulators/acme/zone.ts'
import { tool } from '../toolbox/tool.ts'
import { startPebble, type Pebble } from './pebble.ts'

// Our ACME client against the authority that Let's Encrypt gives to authors of clients: current, and that of Debian 12.

const signal = new AbortController().signal

for (const [name, isCurrent] of [
  ['pebble', true],
  ['pebble-2.4', false],
] as const) {
  const pebbleProgram = await tool(name)
  const missing = 'missing' in pebbleProgram && pebbleProgram.missing

  suite(`our client and ${name}, strict`, { skip: missing }, () => {
    let zone: ProofZone
    let pebble: Pebble
    let client: AcmeClient
    let store: StoredAccount | undefined

    const memory = {
      load: () => Promise.resolve(store),
      save: (account: StoredAccount) => {
        store = account
        return Promise.resolve()
      },
    }
    const clientOf = (more: Partial<AcmeOptions> = {}): AcmeClient =>
      acmeClient({
        directoryUrl: pebble.directoryUrl,
        account: memory,
        now: () => new Date(),
        ...more,
      })
    const start = async (
      more: Readonly<Record<string, unknown>> = {},
      env: Readonly<Record<string, string>> = {},
    ): Promise<Pebble> => {
      if ('missing' in pebbleProgram) throw new Error(pebbleProgram.missing)
      return startPebble(pebbleProgram.command, {
        port: randomInt(20_000, 30_000),
        nameServer: zone.server,
        more: {
          ...(isCurrent
            ? {
                profiles: {
                  classic: { description: 'the long one', validityPeriod: 7_776_000 },
                  tlsserver: { description: 'for servers', validityPeriod: 3_888_000 },
                },
              }
            : {}),
          ...more,
        },
        env: { PEBBLE_WFE_NONCEREJECT: '30', PEBBLE_ALTERNATE_ROOTS: '1', ...env },
      })
    }

    before(async () => {
      zone = await startProofZone()
      pebble = await start({ retryAfter: { authz: 1, order: 1 } })
      client = clientOf()
    })
    after(async () => {
      await pebble.close()
      await zone.close()
    })

    test('three names and a wildcard, although it refuses every third nonce', async () => {
      const names = ['example.com', '*.example.com', 'ha.example.org']
      const { chainPem, keyPem, profile } = await client.obtain({ names }, zone.challenges, signal)
      checkPair(chainPem, keyPem, ['example.com', 'ha.example.org'], new Date())
      const [leaf] = certificatesIn(chainPem).map((pem) => new X509Certificate(pem))
      for (const each of names) assert.ok(leaf?.subjectAltName?.includes(`DNS:${each}`), each)
      assert.equal(profile, isCurrent ? 'tlsserver' : undefined)
      if (isCurrent && leaf)
        assert.equal(
          Math.round((leaf.validToDate.getTime() - leaf.validFromDate.getTime()) / 86_400_000),
          45,
        )
      assert.equal(zone.texts.size, 0)
    })

    test('the alternate chain, by the name of its issuer', async () => {
      const wanted = { names: ['alt.example.com'] }
      const usual = await client.obtain(wanted, zone.challenges, signal)
      const issuerOf = (chainPem: string) =>
        /CN=(.*)/.exec(new X509Certificate(certificatesIn(chainPem).at(-1) ?? '').issuer)?.[1] ?? ''
      const unlike = new X509Certificate(await pebble.root(1))
      const preferredChain = /CN=(.*)/.exec(unlike.subject)?.[1] ?? ''
      assert.notEqual(issuerOf(usual.chainPem), preferredChain)
      const other = await client.obtain({ ...wanted, preferredChain }, zone.challenges, signal)
      assert.equal(issuerOf(other.chainPem), preferredChain)
    })

    test('renewal: its window, an order that replaces, and once more without when that is refused', async () => {
      const names = ['renew.example.com']
      const first = await client.obtain({ names }, zone.challenges, signal)
      const found = await client.renewalWindow(first.chainPem, signal)
      if (!isCurrent) return assert.equal(found, undefined)
      assert.ok(found && found.window.start < found.window.end && found.againAt > new Date())
      const replaces = first.chainPem
      await client.obtain({ names, replaces }, zone.challenges, signal)
      // The second replacement of the same certificate is a 409.
      await client.obtain({ names, replaces }, zone.challenges, signal)
    })

    test('revoked, and a second time is told', async () => {
      const { chainPem } = await client.obtain(
        { names: ['gone.example.com'] },
        zone.challenges,
        signal,
      )
      await client.revoke(chainPem, signal)
      await assert.rejects(client.revoke(chainPem, signal), Problem)
    })

    test('the key of the account changes, and the account goes on', async () => {
      const before = store
      await client.changeKey(signal)
      assert.notEqual(store?.keyPem, before?.keyPem)
      assert.equal(store?.url, before?.url)
      await clientOf().obtain({ names: ['key.example.com'] }, zone.challenges, signal)
    })

    test('a change of the key whose end was not seen is finished', async () => {
      const keep = store
      await client.changeKey(signal)
      const nextKeyPem = store?.keyPem ?? ''
      // As the disk is when the answer of the authority was lost.
      store = { keyPem: keep?.keyPem ?? '', url: keep?.url, nextKeyPem }
      await clientOf().obtain({ names: ['key2.example.com'] }, zone.challenges, signal)
      assert.equal(store.keyPem, nextKeyPem)
    })

    test('the account is found again by its key', async () => {
      const before = store
      store = { keyPem: before?.keyPem ?? '', url: undefined }
      await clientOf().obtain({ names: ['again.example.com'] }, zone.challenges, signal)
      assert.deepEqual(store, { keyPem: before?.keyPem ?? '', url: before?.url })
    })

    test('a proof that is not there is told with what it said, and withdrawn', async () => {
      const hidden = {
        ...zone.challenges,
        publish: () => Promise.resolve(),
        waitUntilServed: () => Promise.resolve(),
      }
      await assert.rejects(
        client.obtain({ names: ['no.example.com'] }, hidden, signal),
        (error) =>
          error instanceof Problem &&
          error.code === 'certificate/not-validated' &&
          error.retryAt !== undefined &&
          error.message.includes('_acme-challenge.no.example.com'),
      )
    })

    test('an authority that forgot everything gets the same key again', async () => {
      const before = store
      await pebble.close()
      pebble = await start()
      const fresh = clientOf()
      store = {
        keyPem: before?.keyPem ?? '',
        url: `${pebble.directoryUrl.replace('/dir', '')}/my-account/999`,
      }
      await fresh.obtain({ names: ['forgot.example.com'] }, zone.challenges, signal)
      assert.equal(store.keyPem, before?.keyPem)
    })

    test('external account binding, and what is said without', async () => {
      const hmac = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W'
      await pebble.close()
      pebble = await start({
        externalAccountBindingRequired: true,
        externalAccountMACKeys: { 'kid-1': hmac },
      })
      store = undefined
      await assert.rejects(
        clientOf().obtain({ names: ['eab.example.com'] }, zone.challenges, signal),
        (error) => error instanceof Problem && error.code === 'certificate/account-binding',
      )
      const eab = { keyId: 'kid-1', hmac: new Secret('hmac', hmac) }
      await clientOf({ eab }).obtain({ names: ['eab.example.com'] }, zone.challenges, signal)
    })
  })
}
