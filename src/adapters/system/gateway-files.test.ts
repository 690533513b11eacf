import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { dataFolder } from '../../core/data-folder.ts'
import { originFiles, readGatewayFiles } from './gateway-files.ts'

async function folderFor(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'gatehouse-files-'))
  t.after(() => rm(root, { recursive: true }))
  return dataFolder(root)
}

test('before the first apply there is no certificate and nothing is demanded', async (t) => {
  const folder = await folderFor(t)
  assert.deepEqual(await readGatewayFiles(folder), {
    certificate: undefined,
    mode: 'off',
    authorities: [],
  })
  assert.deepEqual(await originFiles(folder).mode(), { is: 'known', value: 'off' })
})

test('a mode that was set is read back, from a file that only the owner can read', async (t) => {
  const folder = await folderFor(t)
  await originFiles(folder).setMode('required')
  assert.equal((await readGatewayFiles(folder)).mode, 'required')
  assert.equal((await stat(folder.gateway)).mode & 0o777, 0o600)
})

test('a damaged mode never reads as off', async (t) => {
  const folder = await folderFor(t)
  for (const text of ['', '{"pulls":', '{"pulls":"of"}', '[]']) {
    await writeFile(folder.gateway, text)
    await assert.rejects(readGatewayFiles(folder), { code: 'gateway/state-damaged' }, text)
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
