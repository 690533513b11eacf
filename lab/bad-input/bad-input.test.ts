import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'

import { startWorld, type World } from '../world/world.ts'
import { api } from './api.ts'
import { authority } from './authority.ts'
import type { BadInput } from './bad-input.ts'
import { machine } from './machine.ts'
import { tokens } from './tokens.ts'
import { zones } from './zones.ts'

// Every bad input of this folder, given to the true program in a home that is complete: it says what is wrong
// and what to do, with its code, and loses nothing.

const cases: readonly BadInput[] = [...tokens, ...zones, ...api, ...authority, ...machine]

suite('bad input', { timeout: 170_000 }, () => {
  let world: World
  before(async () => {
    world = await startWorld({ withVantage: false })
    const applied = await world.run(['apply', '--yes'])
    assert.equal(applied.code, 0, applied.stdout + applied.stderr)
  })
  after(() => world.close())

  for (const bad of cases) {
    test(bad.name, async () => {
      const heal = await bad.plant?.(world)
      const had = await belongings(world)
      try {
        const ran = await world.run(bad.argv ?? ['apply', '--yes'], bad.environment?.(world))
        const said = ran.stdout + ran.stderr
        assert.equal(ran.code, bad.exit, said)
        assert.match(said, bad.says)
        assert.match(said, bad.code === undefined ? bad.hint : hintIn(bad.hint))
        if (bad.code !== undefined) assert.ok(said.includes(`(${bad.code})`), said)
        assert.doesNotMatch(said, /canary|    at .*:\d+/)
        assert.deepEqual(await belongings(world), had)
      } finally {
        await heal?.()
      }
    })
  }

  test('and all of it healed: nothing to do', async () => {
    const { code, stdout } = await world.run(['apply', '--yes'])
    assert.equal(code, 0, stdout)
    assert.match(stdout, /nothing to do/)
    for (const moment of world.zone.history)
      assert.ok(moment.every((record) => record.type === 'TXT' || record.proxied))
  })
})

const hintIn = (hint: RegExp): RegExp => new RegExp(`hint:.*${hint.source}`)

/** What must not be lost: keys, certificates and state on the disk, and the records of the zone. */
async function belongings({ folder, zone }: World): Promise<unknown> {
  const data = join(folder, 'gatehouse-data')
  const found = await readdir(data, { recursive: true, withFileTypes: true })
  const files = found
    .filter((each) => each.isFile() && !/sqlite|host\.pid/.test(each.name))
    .map((each) => join(each.parentPath, each.name))
    .toSorted()
  const hashes = await Promise.all(
    files.map(async (file) =>
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ),
  )
  return { records: zone.records.map((record) => ({ ...record })), files, hashes }
}
