import { createPrivateKey, webcrypto } from 'node:crypto'

/**
 * A certificate signing request (RFC 2986) for the names, DER. The subject is empty: names belong into
 * the SAN. The library is only loaded when a certificate is due.
 */
export async function signingRequest(names: readonly string[], keyPem: string): Promise<Buffer> {
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const jwk = createPrivateKey(keyPem).export({ format: 'jwk' })
  const { d: _private, ...publicJwk } = jwk
  const keys = {
    privateKey: await webcrypto.subtle.importKey('jwk', jwk, algorithm, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('jwk', publicJwk, algorithm, true, ['verify']),
  }
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: 'dns' as const, value })),
      ),
    ],
  })
  return Buffer.from(request.rawData)
}
