import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import { program } from '../world/program.ts'

test('a command loads nothing of fetch', () => {
  const tell =
    "process.on('exit', () => process.stderr.write(`undici: ${process.moduleLoadList.some((name) => name.includes('undici'))}`))"
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(tell)}`,
      program,
      'plan',
      '--config',
      'none',
    ],
    { cwd: tmpdir(), encoding: 'utf8', env: { PATH: process.env['PATH'] } },
  )
  assert.equal(status, 64, stderr)
  assert.match(stderr, /undici: false$/)
})

test('the licence of everybody who is inside lies beside it', () => {
  const text = readFileSync(join(dirname(program), 'LICENSES.txt'), 'utf8')
  for (const name of ['zod', 'hono', 'ws', 'yaml', 'commander', '@peculiar/x509'])
    assert.match(text, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'))
})

test('V8 can keep its source in one byte per letter', () => {
  const folder = dirname(program)
  for (const file of readdirSync(folder).filter((each) => each.endsWith('.js')))
    assert.doesNotMatch(readFileSync(join(folder, file), 'utf8'), /[^\0-\x7F]/, file)
})
