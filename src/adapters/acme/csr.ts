import { createPrivateKey, createPublicKey, sign } from 'node:crypto'

/**
 * A certificate signing request (RFC 2986) for the names, DER, signed by the P-256 key. The subject is
 * empty: names belong into the SAN.
 *
 * By hand, because the library for certificates takes 20 MiB and a tenth of a second that a home computer
 * would spend at every renewal on these few bytes.
 */
export function signingRequest(names: readonly string[], keyPem: string): Buffer {
  const key = createPrivateKey(keyPem)
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  // GeneralName: [2] dNSName (RFC 5280 section 4.2.1.6).
  const alternatives = sequence(...names.map((name) => tagged(0x82, Buffer.from(name, 'ascii'))))
  const extension = sequence(subjectAltName, tagged(0x04, alternatives))
  const attribute = sequence(extensionRequest, tagged(0x31, sequence(extension)))
  const info = sequence(version0, sequence(), publicKey, tagged(0xa0, attribute))
  const signature = sign('sha256', info, key)
  return sequence(info, sequence(ecdsaWithSha256), tagged(0x03, Buffer.from([0]), signature))
}

const version0 = Buffer.from('020100', 'hex')
/** 2.5.29.17 */
const subjectAltName = Buffer.from('0603551d11', 'hex')
/** 1.2.840.113549.1.9.14 */
const extensionRequest = Buffer.from('06092a864886f70d01090e', 'hex')
/** 1.2.840.10045.4.3.2 */
const ecdsaWithSha256 = Buffer.from('06082a8648ce3d040302', 'hex')

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts)

/** Tag, length, value (X.690 section 8.1). */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(value.length), value])
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  return length < 0x100
    ? Buffer.from([0x81, length])
    : Buffer.from([0x82, length >> 8, length & 0xff])
}
