import 'reflect-metadata'
import { webcrypto, type webcrypto as Web } from 'node:crypto'

import * as x509 from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** A root and an intermediate, and a second root that signed the same intermediate: the alternate chain. */
export type Issuer = {
  readonly rootPem: string
  readonly alternateRootPem: string
  sign(
    csr: Buffer,
    names: readonly string[],
    notBefore: Date,
    notAfter: Date,
    commonName: boolean,
  ): Promise<string>
  /** The chain behind a leaf: ours, or the alternate one. */
  chain(alternate: boolean): string
}

export async function makeIssuer(now: Date): Promise<Issuer> {
  const make = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const [rootKeys, otherKeys, issuingKeys] = await Promise.all([make(), make(), make()])
  const years = (n: number) => new Date(now.getTime() + n * 365 * 86_400_000)
  const notBefore = new Date(now.getTime() - 86_400_000)
  const caExtensions = (depth: number) => [
    new x509.BasicConstraintsExtension(true, depth, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ]
  const root = (name: string, keys: Web.CryptoKeyPair) =>
    x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serial(),
      name: `CN=${name}`,
      notBefore,
      notAfter: years(10),
      keys,
      signingAlgorithm: algorithm,
      extensions: caExtensions(2),
    })
  const [first, second] = await Promise.all([
    root('Lab Root X1', rootKeys),
    root('Lab Root X2', otherKeys),
  ])
  const intermediate = async (parent: x509.X509Certificate, signingKey: Web.CryptoKey) =>
    x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: 'CN=Lab Intermediate E1',
      issuer: parent.subject,
      notBefore,
      notAfter: years(5),
      publicKey: issuingKeys.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      extensions: [
        ...caExtensions(0),
        await x509.SubjectKeyIdentifierExtension.create(issuingKeys.publicKey),
      ],
    })
  const [ours, other] = await Promise.all([
    intermediate(first, rootKeys.privateKey),
    intermediate(second, otherKeys.privateKey),
  ])

  return {
    rootPem: first.toString('pem'),
    alternateRootPem: second.toString('pem'),
    chain: (alternate) =>
      alternate ? `${other.toString('pem')}\n${second.toString('pem')}` : ours.toString('pem'),
    async sign(csr, names, from, to, commonName) {
      const request = new x509.Pkcs10CertificateRequest(csr)
      if (!(await request.verify())) throw new Error('the request is not signed by its key')
      const leaf = await x509.X509CertificateGenerator.create({
        serialNumber: serial(),
        ...(commonName ? { subject: `CN=${names[0] ?? ''}` } : {}),
        issuer: ours.subject,
        notBefore: from,
        notAfter: to,
        publicKey: request.publicKey,
        signingKey: issuingKeys.privateKey,
        signingAlgorithm: algorithm,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension(
            names.map((value) => ({ type: 'dns' as const, value })),
          ),
          await x509.AuthorityKeyIdentifierExtension.create(issuingKeys.publicKey),
        ],
      })
      return leaf.toString('pem')
    },
  }
}

/** The names that a request asks for, and nothing when it cannot be read. */
export function namesIn(csr: Buffer): string[] {
  const request = new x509.Pkcs10CertificateRequest(csr)
  const names = request.extensions.flatMap((extension) =>
    extension instanceof x509.SubjectAlternativeNameExtension
      ? extension.names.items.map(({ value }) => value)
      : [],
  )
  const common = /CN=([^,]+)/.exec(request.subject)?.[1]
  return [
    ...new Set(
      [...names, ...(common === undefined ? [] : [common])].map((name) => name.toLowerCase()),
    ),
  ].sort()
}

/** Serials begin with a set bit now and then, as real ones do: their DER has a leading zero byte then. */
function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16))
  bytes[0] = (bytes[0] ?? 0) | 0x01
  return Buffer.from(bytes).toString('hex')
}
