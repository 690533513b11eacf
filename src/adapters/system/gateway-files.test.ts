import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { dataFolder } from '../../core/data-folder.ts'
import { days, hours, later } from '../../core/duration.ts'
import { originFiles, readGatewayFiles } from './gateway-files.ts'
import { pullsStore } from './pulls-store.ts'

const now = new Date('2026-11-25T10:00:00Z')

async function folderFor(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'gatehouse-files-'))
  t.after(() => rm(root, { recursive: true }))
  return dataFolder(root)
}

test('before the first apply there is no certificate and nothing is demanded', async (t) => {
  const folder = await folderFor(t)
  assert.deepEqual(readGatewayFiles(folder, now), {
    certificate: undefined,
    mode: 'off',
    authorities: [],
    revoked: [],
  })
  assert.deepEqual(await originFiles(folder).mode(), { is: 'known', value: 'off' })
})

test('a mode that was set is read back, from a file that only the owner can read', async (t) => {
  const folder = await folderFor(t)
  await originFiles(folder).setMode('required')
  assert.equal(readGatewayFiles(folder, now).mode, 'required')
  assert.equal((await stat(folder.gateway)).mode & 0o777, 0o600)
})

test('a damaged mode never reads as off', async (t) => {
  const folder = await folderFor(t)
  for (const text of ['', '{"pulls":', '{"pulls":"of"}', '[]']) {
    await writeFile(folder.gateway, text)
    assert.throws(() => readGatewayFiles(folder, now), { code: 'gateway/state-damaged' }, text)
    assert.equal((await originFiles(folder).mode()).is, 'unknown')
  }
})

test('a client certificate is recorded the first time it is seen, and only then', async (t) => {
  const folder = await folderFor(t)
  const origin = originFiles(folder)
  const first = new Date('2026-11-24T10:00:00Z')
  assert.equal((await origin.seen('AA:BB')).is, 'absent')
  await origin.recordSeen('AA:BB', first)
  const { mtimeMs } = await stat(folder.pulls.seen)
  await origin.recordSeen('AA:BB', new Date('2026-11-25T10:00:00Z'))
  assert.deepEqual(await origin.seen('AA:BB'), { is: 'known', value: first })
  assert.equal((await stat(folder.pulls.seen)).mtimeMs, mtimeMs)
})

test('a client certificate is revoked a day after the next one began to arrive, and no sooner', async (t) => {
  const folder = await folderFor(t)
  const origin = originFiles(folder)
  const store = pullsStore(folder, () => now)
  await store.makeAuthority()
  await store.makeLeaf()
  const old = new X509Certificate((await store.leaf())?.certificatePem ?? '').fingerprint256
  await origin.recordSeen(old, new Date('2026-01-01T10:00:00Z'))
  const revoked = async (at: Date) => readGatewayFiles(folder, at).revoked
  assert.deepEqual(await revoked(later(now, days(100))), [], 'the one in use')
  await store.makeLeaf()
  assert.deepEqual(await revoked(later(now, days(100))), [], 'the next one never arrived')
  const next = new X509Certificate((await store.leaf())?.certificatePem ?? '').fingerprint256
  await origin.recordSeen(next, now)
  assert.deepEqual(await revoked(later(now, hours(23))), [])
  assert.deepEqual(await revoked(later(now, hours(25))), [old])
  await origin.recordSeen('A newer one', later(now, hours(24)))
  assert.deepEqual(await revoked(later(now, hours(25))), [old], 'what came later is none of before')
  await writeFile(folder.pulls.leaf, 'damaged')
  assert.deepEqual(await revoked(later(now, hours(25))), [])
})
