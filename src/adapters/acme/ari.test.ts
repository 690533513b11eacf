import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'

import { makeIssuer } from '../../../lab/simulators/acme/issuer.ts'
import { signingRequest } from './csr.ts'
import { certificateId } from './ari.ts'
import { newKey } from './jws.ts'

test('the identifier has the bytes of the serial, with the zero that its sign needs', async () => {
  const issuer = await makeIssuer(new Date())
  const csr = signingRequest(['ha.example.com'], newKey())
  let seenBoth = 0
  for (let i = 0; i < 24 && seenBoth !== 3; i++) {
    const pem = await issuer.sign(
      csr,
      ['ha.example.com'],
      new Date(),
      new Date(Date.now() + 1e9),
      false,
    )
    const [keyId = '', serial = '', ...more] = (certificateId(pem) ?? '').split('.')
    assert.deepEqual(more, [])
    assert.equal(Buffer.from(keyId, 'base64url').length, 20)
    const bytes = Buffer.from(serial, 'base64url')
    const hex = new X509Certificate(pem).serialNumber.toLowerCase()
    const highBit = Number.parseInt(hex.padStart(32, '0').slice(0, 2), 16) >= 0x80
    assert.equal(bytes.toString('hex'), highBit ? `00${hex}` : hex)
    seenBoth |= highBit ? 1 : 2
  }
})
