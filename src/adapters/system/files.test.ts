import assert from 'node:assert/strict'
import { mkdtemp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { diskProblem, readIfThere, writeAtomic } from './files.ts'

async function folderFor(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'gatehouse-files-'))
  t.after(() => rm(root, { recursive: true }))
  return root
}

test('a file is replaced as a whole and only its owner can read it', async (t) => {
  const folder = await folderFor(t)
  const path = join(folder, 'deep', 'key.pem')
  await writeAtomic(path, 'one')
  await writeAtomic(path, 'two')
  assert.equal(await readFile(path, 'utf8'), 'two')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.equal((await stat(join(folder, 'deep'))).mode & 0o777, 0o700)
  assert.deepEqual(await readdir(join(folder, 'deep')), ['key.pem'])
})

test('what cannot be written is a problem, the old content stands and nothing is left behind', async (t) => {
  const folder = await folderFor(t)
  const path = join(folder, 'taken')
  await mkdir(path)
  await writeFile(join(path, 'inside'), 'x')
  await assert.rejects(writeAtomic(path, 'content'), { code: 'disk/not-writable' })
  assert.deepEqual(await readdir(folder), ['taken'])
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
  assert.equal(diskProblem(path, full).code, 'disk/full')
})

test('a missing file is not there, an unreadable one is a problem', async (t) => {
  const folder = await folderFor(t)
  assert.equal(await readIfThere(join(folder, 'nowhere')), undefined)
  await assert.rejects(readIfThere(folder), { code: 'disk/not-readable' })
})
