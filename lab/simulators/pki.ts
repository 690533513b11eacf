import 'reflect-metadata'
import { isIP } from 'node:net'
import { webcrypto, type webcrypto as Web } from 'node:crypto'

import * as x509 from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const day = 86_400_000

export type Pair = { readonly certificatePem: string; readonly keyPem: string }

export type Issue = {
  readonly names: readonly string[]
  readonly days?: number
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly clientAuth?: boolean
  readonly ca?: boolean
}

export type Authority = {
  readonly certificatePem: string
  readonly name: string
  issue(what: Issue): Promise<Pair>
}

/** A certificate authority that lives as long as the test. ECDSA P-256. */
export async function makeAuthority(name: string): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + 3650 * day),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return {
    certificatePem: root.toString('pem'),
    name,
    issue: (what) => issue(root, keys.privateKey, what),
  }
}

async function issue(
  root: x509.X509Certificate,
  signingKey: Web.CryptoKey,
  what: Issue,
): Promise<Pair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${what.names[0] ?? 'lab'}`,
    issuer: root.subject,
    notBefore: what.notBefore ?? new Date(Date.now() - day),
    notAfter: what.notAfter ?? new Date(Date.now() + (what.days ?? 90) * day),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(what.ca === true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        what.clientAuth === true
          ? x509.ExtendedKeyUsage.clientAuth
          : x509.ExtendedKeyUsage.serverAuth,
      ]),
      new x509.SubjectAlternativeNameExtension(
        what.names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(root, false),
    ],
  })
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    certificatePem: leaf.toString('pem'),
    keyPem: x509.PemConverter.encode(key, 'PRIVATE KEY'),
  }
}

/** 16 random bytes whose first bit is clear, so that the number is positive (RFC 5280 section 4.1.2.2). */
function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return Buffer.from(bytes).toString('hex')
}
