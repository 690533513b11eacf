import assert from 'node:assert/strict'
import { test } from 'node:test'

import { totp } from './totp.ts'

test('the codes are those of RFC 6238, appendix B', () => {
  // The secret of the appendix, "12345678901234567890", in base 32; of its eight digits the last six.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  for (const [seconds, code] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_234_567_890, '005924'],
    [20_000_000_000, '353130'],
  ] as const)
    assert.equal(totp(secret, new Date(seconds * 1000)), code)
})
