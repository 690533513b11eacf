import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'

import { Problem } from '../../core/problem.ts'
import { Secret } from '../../core/secret.ts'
import { refuseObviousMistakes } from './token-shape.ts'
import { runPermissions, tokenUrl } from './token-url.ts'

const hex = '0123456789abcdef0123456789abcdef01234'

const mistakes: readonly (readonly [string, string, string])[] = [
  ['a Global API Key of today', `cfk_${'a1'.repeat(24)}`, 'token/global-key'],
  ['a Global API Key of old', hex, 'token/global-key'],
  ['a longer one', `${hex}abcdef`, 'token/global-key'],
  ['nothing', '', 'token/refused'],
  ['quotes', '"cfut_canarycanarycanarycanary"', 'token/refused'],
  [
    'a line of an environment file',
    'CLOUDFLARE_API_TOKEN=cfut_canarycanarycanary',
    'token/refused',
  ],
  ['the header', 'Bearer cfut_canarycanarycanary', 'token/refused'],
  ['a placeholder', '<your token>', 'token/refused'],
  ['another placeholder', 'your-api-token-here', 'token/refused'],
  ['crosses', 'xxxxxxxxxxxxxxxx', 'token/refused'],
  ['two lines', 'cfut_canary\ncfut_canary', 'token/refused'],
  ['a typographic dash', 'cfut_canary–canary', 'token/refused'],
]
for (const [what, value, code] of mistakes) {
  test(`${what} is refused without being shown`, () => {
    assert.throws(
      () => refuseObviousMistakes(new Secret('token', value)),
      (error) => {
        assert.ok(error instanceof Problem)
        assert.equal(error.code, code)
        assert.ok(error.hint)
        const shown = `${inspect(error, { depth: 9, showHidden: true })} ${error.hint}`
        assert.ok(value === '' || !shown.includes(value))
        assert.ok(!shown.includes('canary'))
        return true
      },
    )
  })
}

const fine = [
  'cfut_0123456789012345678901234567890123456789abcdef',
  'cfat_0123456789012345678901234567890123456789abcdef',
  'v1.0-Kx_9aA0123456789012345678901234567',
  '0123456789ABCDEFghijklmnopqrstuvwxyz-_01',
  `${hex}aBc`,
  hex.slice(0, 36),
  `${hex}${hex}`,
  'something-new_of-2031.with~other+marks/==',
]
for (const value of fine) {
  test(`${value.slice(0, 12)}… may be a token: Cloudflare decides`, () => {
    refuseObviousMistakes(new Secret('token', value))
  })
}

test('the page is filled in with every permission, and with nothing else', () => {
  const url = new URL(tokenUrl(runPermissions, 'Gatehouse'))
  assert.equal(url.origin + url.pathname, 'https://dash.cloudflare.com/profile/api-tokens')
  assert.deepEqual(
    JSON.parse(url.searchParams.get('permissionGroupKeys') ?? ''),
    runPermissions.map(({ key, type }) => ({ key, type })),
  )
  assert.equal(url.searchParams.get('name'), 'Gatehouse')
})
