import assert from 'node:assert/strict'
import { test } from 'node:test'

import { paintOf } from './paint.ts'
import { wrapped } from './wrap.ts'

test('an item is broken between words, and the rest hangs under its first word', () => {
  assert.equal(
    wrapped('  ✓ the edge shows a publicly valid certificate', 24),
    '  ✓ the edge shows a\n    publicly valid\n    certificate',
  )
  assert.equal(wrapped('      hint: run it again', 18), '      hint: run it\n        again')
})

test('colours take no place, and a word that is too long is left whole', () => {
  const { good, dim } = paintOf(true)
  assert.equal(wrapped(`  ${good('✓')} ${dim('one two')}`, 11), `  ${good('✓')} ${dim('one two')}`)
  assert.equal(
    wrapped(`  · see https://example.com/a/long/page now`, 14),
    '  · see\n    https://example.com/a/long/page\n    now',
  )
})

test('what fits, and what may be copied, stays as it is', () => {
  for (const line of [
    '',
    '  ✓ short',
    'add chain=dstnat action=dst-nat protocol=tcp',
    "\toption name 'Gatehouse'",
  ])
    assert.equal(wrapped(line, 20), line)
})
