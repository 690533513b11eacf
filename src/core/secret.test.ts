import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, inspect } from 'node:util'

import { Secret } from './secret.ts'

test('a secret does not print, whichever way it is tried', () => {
  const secret = new Secret('token', 'canary-77')
  const nested = { deep: [secret], error: new Error('x', { cause: secret }) }
  for (const printed of [
    String(secret),
    JSON.stringify(nested),
    inspect(nested, { depth: 9, showHidden: true }),
    format('%s %o %j', secret, nested, nested),
    Object.keys(secret).join(),
  ]) {
    assert.doesNotMatch(printed, /canary/)
  }
  assert.equal(secret.reveal(), 'canary-77')
})

test('what others repeat of it is hidden too', () => {
  const secret = new Secret('token', 'cfut_canary')
  assert.equal(
    secret.hideIn('Bearer cfut_canary is no header, cfut_canary'),
    'Bearer [token] is no header, [token]',
  )
})
