import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'

import { startWorld } from '../world/world.ts'

test('what is changed behind its back is put back when it looks, and it stops at once', async (t) => {
  const world = await startWorld()
  t.after(() => world.close())
  const applied = await world.run(['apply', '--yes'])
  assert.equal(applied.code, 0, applied.stderr)

  const keeper = await world.start(['run'], /Ctrl-C stops it/)
  let said = ''
  keeper.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const record = world.zone.records.find(({ name, type }) => name === world.name && type === 'A')
  assert.ok(record)
  record.proxied = false
  keeper.kill('SIGHUP')
  await until(() => record.proxied, 'the record is proxied again')
  await until(() => /dns-record put back/.test(said), 'it says so')

  const started = performance.now()
  keeper.kill('SIGTERM')
  const [code] = await once(keeper, 'exit')
  assert.equal(code, 0, said)
  assert.ok(performance.now() - started < 5000)
  assert.match(said, /stopped/)
})

async function until(holds: () => boolean, what: string): Promise<void> {
  const late = performance.now() + 20_000
  while (!holds()) {
    assert.ok(performance.now() < late, `not within 20 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
