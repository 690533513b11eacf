import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { startWorld } from '../world/world.ts'

const isRoot = process.getuid?.() === 0

test(
  'a full disk is told as what it is, loses nothing, and is gone with room',
  { timeout: 90_000, skip: isRoot ? false : 'mounting a small disk needs root' },
  async (t) => {
    const world = await startWorld({ withVantage: false })
    const disk = join(world.folder, 'gatehouse-data')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
    t.after(async () => {
      execFileSync('umount', ['-l', disk])
      await world.close()
    })
    const fill = join(disk, 'fill')
    for (const size of [1_036_000, 986_000, 936_000]) {
      writeFileSync(fill, Buffer.alloc(size))
      const full = await world.run(['apply', '--yes'])
      assert.equal(full.code, 1, `${size}: ${full.stdout}${full.stderr}`)
      assert.match(full.stdout + full.stderr, /disk\/full|the disk is full/)
      assert.match(full.stdout + full.stderr, /make room/)
      for (const name of readdirSync(disk)) assert.doesNotMatch(name, /^\.live$/)
    }
    rmSync(fill)
    const roomy = await world.run(['apply', '--yes'])
    assert.equal(roomy.code, 0, roomy.stdout + roomy.stderr)
  },
)
