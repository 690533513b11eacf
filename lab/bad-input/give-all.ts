import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'

import { startWorld, type World } from '../world/world.ts'
import type { BadInput } from './bad-input.ts'

/**
 * Gives each of them to the true program in a home that is complete: it says what is wrong and what to do,
 * with its code, and loses nothing.
 */
export function giveAll(what: string, cases: readonly BadInput[]): void {
  suite(`bad input: ${what}`, { timeout: 170_000 }, () => giveEach(cases))
}

function giveEach(cases: readonly BadInput[]): void {
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
        // What it keeps of an order that failed: it would wait before it asks again, and go on from there.
        for (const name of ['attempts.json', 'order.json'])
          await rm(join(world.folder, 'gatehouse-data/certificate', name), { force: true })
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
}

const hintIn = (hint: RegExp): RegExp => new RegExp(`hint:.*${hint.source}`)

/** What must not be lost: keys, certificates and state on the disk, and the records of the zone. */
async function belongings({ folder, zone }: World) {
  const data = join(folder, 'gatehouse-data')
  const found = await readdir(data, { recursive: true, withFileTypes: true })
  const names = found
    .filter((each) => each.isFile() && !/sqlite|host\.pid|attempts|order/.test(each.name))
    .map((each) => join(each.parentPath, each.name))
    .toSorted()
  const files = names.map(async (name) => {
    const hash = createHash('sha256').update(await readFile(name))
    return `${name} ${hash.digest('hex')}`
  })
  return {
    records: zone.records.map((record) => ({ ...record })),
    files: await Promise.all(files),
  }
}
