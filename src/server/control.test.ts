import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { askKeeper } from '../adapters/keeper/ask.ts'
import { startControl } from './control.ts'

const never = new AbortController().signal

function socketOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-control-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'gatehouse.sock')
}

test('the keeper is asked by its socket, which only the owner reaches, and is gone with it', async (t) => {
  const path = socketOf(t)
  assert.equal(await askKeeper(path, '/status', never), undefined, 'none runs')
  let asked = 0
  const control = {
    reads: { '/status': () => ({ type: 'application/json', body: '{"a":1}' }) },
    acts: { '/look': () => void asked++ },
  }
  {
    await using _ = await startControl(path, control)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(await askKeeper(path, '/status', never), '{"a":1}')
    assert.equal(await askKeeper(path, '/look', never, 'POST'), '')
    assert.equal(asked, 1)
    await assert.rejects(askKeeper(path, '/look', never), { message: /405/ })
    await assert.rejects(askKeeper(path, '/constructor', never), { message: /404/ })
    await assert.rejects(startControl(path, control), { code: 'control/taken' })
  }
  assert.equal(await askKeeper(path, '/status', never), undefined)
})

test('what a killed keeper left behind is replaced, and a path that is too long is told', async (t) => {
  const path = socketOf(t)
  writeFileSync(path, '')
  await using _ = await startControl(path, { reads: {}, acts: {} })
  await assert.rejects(startControl(`${path}${'x'.repeat(100)}`, { reads: {}, acts: {} }), {
    code: 'control/path-too-long',
  })
})
