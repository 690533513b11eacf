import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'

import fc from 'fast-check'

import { bindingHolds, keyOf, readJws, thumbprint } from '../../../lab/simulators/acme/jose.ts'
import { Secret } from '../../core/secret.ts'
import { accountKey, externalBinding, newKey, signed } from './jws.ts'

test('what is signed is read and verified by others, and by no other key', () => {
  const mine = accountKey(newKey())
  const other = accountKey(newKey())
  fc.assert(
    fc.property(fc.jsonValue(), fc.webUrl(), (payload, url) => {
      const jws = readJws(signed(mine.key, { jwk: mine.jwk, nonce: 'n', url }, payload))
      assert.deepEqual(jws.payload, JSON.parse(JSON.stringify(payload)))
      assert.equal(jws.header.url, url)
      assert.equal(jws.header.alg, 'ES256')
      assert.ok(jws.verify(keyOf(mine.jwk)))
      assert.ok(!jws.verify(keyOf(other.jwk)))
    }),
    { numRuns: 30 },
  )
})

test('a POST-as-GET has an empty payload, a POST of nothing an empty object', () => {
  const { key } = accountKey(newKey())
  assert.equal(readJws(signed(key, {}, undefined)).empty, true)
  assert.deepEqual(readJws(signed(key, {}, {})).payload, {})
})

test('the thumbprint is that of RFC 7638', () => {
  const { jwk, thumbprint: ours } = accountKey(newKey())
  assert.equal(ours, thumbprint(jwk))
  assert.match(ours, /^[\w-]{43}$/)
})

test('a key of another kind is refused', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  assert.throws(() => accountKey(pem), /no P-256 key/)
})

test('a binding holds for the key it was made with', () => {
  const { jwk } = accountKey(newKey())
  const hmac = Buffer.from('0123456789abcdef0123456789abcdef').toString('base64url')
  const eab = { keyId: 'kid-1', hmac: new Secret('hmac', hmac) }
  const binding = externalBinding(jwk, eab, 'https://ca.example/new-account')
  assert.ok(bindingHolds(binding, new Map([['kid-1', hmac]])))
  assert.ok(
    !bindingHolds(binding, new Map([['kid-1', Buffer.from('other').toString('base64url')]])),
  )
})
