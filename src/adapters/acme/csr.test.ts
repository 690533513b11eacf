import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

import fc from 'fast-check'

import { makeIssuer, namesIn } from '../../../lab/simulators/acme/issuer.ts'
import { signingRequest } from './csr.ts'
import { newKey } from './jws.ts'

const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/)
const names = fc
  .uniqueArray(fc.tuple(label, label, label), { minLength: 1, maxLength: 100, selector: String })
  .map((all) => all.map((labels) => labels.join('.')))

test('a request asks for exactly the names, whatever their number, and is signed by its key', async () => {
  const issuer = await makeIssuer(new Date())
  const keyPem = newKey()
  await fc.assert(
    fc.asyncProperty(names, async (wished) => {
      const csr = signingRequest(wished, keyPem)
      assert.deepEqual(namesIn(csr), wished.toSorted())
      // The issuer verifies the signature first.
      await issuer.sign(csr, wished, new Date(), new Date(Date.now() + 1e9), false)
    }),
    { numRuns: 30 },
  )
})

test('a wildcard is a name like any other', () => {
  const wished = ['*.example.com', 'example.com']
  assert.deepEqual(namesIn(signingRequest(wished, newKey())), wished)
})

const openssl = spawnSync('openssl', ['version']).status === 0
test('openssl reads it and finds its signature right', { skip: !openssl && 'no openssl' }, () => {
  const csr = signingRequest(['ha.example.com', 'cam.example.com'], newKey())
  const { stdout, stderr } = spawnSync(
    'openssl',
    ['req', '-inform', 'DER', '-verify', '-noout', '-text'],
    { input: csr, encoding: 'utf8' },
  )
  assert.match(stdout + stderr, /verify OK/)
  assert.match(stdout, /DNS:ha\.example\.com, DNS:cam\.example\.com/)
})
