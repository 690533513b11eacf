import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test } from 'node:test'

import { checkout } from '../toolbox/cache.ts'
import { run } from '../toolbox/run.ts'
import { tool } from '../toolbox/tool.ts'

const parser = await tool('apparmor_parser')

suite('the AppArmor profile', { skip: 'missing' in parser && parser.missing }, () => {
  test('compiles', async () => {
    if ('missing' in parser) return
    const file = join(checkout, 'app/apparmor.txt')
    const { code, text } = await run([
      ...parser.command,
      '--skip-kernel-load',
      '--skip-cache',
      '--warn=all',
      file,
    ])
    assert.equal(code, 0, text)
  })
})
