import { webcrypto, X509Certificate } from 'node:crypto'
import { join } from 'node:path'

import type { DataFolder } from '../../core/data-folder.ts'
import { days } from '../../core/duration.ts'
import { readIfThere, writeAtomic } from './files.ts'

export type PullsLeaf = { readonly certificatePem: string; readonly keyPem: string }

/** As long as the machine lives: replacing it means a moment in which both are accepted. */
const authorityLife = days(3650)
/** Cloudflare does not remove ended certificates and the origin then refuses: a year, renewed early. */
const leafLife = days(365)

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** Our own authority for the edge's client certificates, and the leaf in use. Keys never leave the folder but for the leaf's upload. */
export function pullsStore(folder: DataFolder, now: () => Date) {
  const at = (name: string) => join(folder.pulls.folder, name)
  const pair = async (certificate: string, key: string): Promise<PullsLeaf | undefined> => {
    const [certificatePem, keyPem] = await Promise.all([readIfThere(certificate), readIfThere(key)])
    return certificatePem === undefined || keyPem === undefined || !belongTogether(certificatePem)
      ? undefined
      : { certificatePem, keyPem }
  }
  return {
    authority: () => pair(folder.pulls.authorities, at('ca-key.pem')),
    leaf: () => pair(at('leaf.pem'), at('leaf-key.pem')),

    /** The key first: a certificate without its key would be an authority that can do nothing. */
    async makeAuthority(): Promise<void> {
      const made = await newAuthority(now())
      await writeAtomic(at('ca-key.pem'), made.keyPem)
      await writeAtomic(folder.pulls.authorities, made.certificatePem)
    },

    async makeLeaf(): Promise<void> {
      const authority = await pair(folder.pulls.authorities, at('ca-key.pem'))
      if (!authority) throw new Error('the authority is made before its leaf')
      const made = await newLeaf(authority, now())
      await writeAtomic(at('leaf-key.pem'), made.keyPem)
      await writeAtomic(at('leaf.pem'), made.certificatePem)
    },
  }
}

function belongTogether(certificatePem: string): boolean {
  try {
    return new X509Certificate(certificatePem).validToDate.getTime() > 0
  } catch {
    return false
  }
}

/** Only loaded when a certificate is made: the library is larger than all the rest. */
async function library() {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

const hourAgo = (now: Date): Date => new Date(now.getTime() - 3_600_000)
const after = (now: Date, life: number): Date => new Date(now.getTime() + life)

async function newAuthority(now: Date): Promise<PullsLeaf> {
  const x509 = await library()
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'CN=Gatehouse origin pulls',
    notBefore: hourAgo(now),
    notAfter: after(now, authorityLife),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificatePem: certificate.toString('pem'), keyPem: await pemOf(keys.privateKey) }
}

async function newLeaf(authority: PullsLeaf, now: Date): Promise<PullsLeaf> {
  const x509 = await library()
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const issuer = new x509.X509Certificate(authority.certificatePem)
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(authority.keyPem),
    algorithm,
    false,
    ['sign'],
  )
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: 'CN=Gatehouse origin pulls: edge',
    issuer: issuer.subject,
    notBefore: hourAgo(now),
    notAfter: after(now, leafLife),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  })
  return { certificatePem: certificate.toString('pem'), keyPem: await pemOf(keys.privateKey) }
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const { PemConverter } = await library()
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

/** Positive and 16 bytes long (RFC 5280 section 4.1.2.2). */
function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return Buffer.from(bytes).toString('hex')
}
