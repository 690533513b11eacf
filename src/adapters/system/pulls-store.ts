import { webcrypto, X509Certificate } from 'node:crypto'
import { join } from 'node:path'

import { belongTogether, certificatesIn } from '../../core/certificate.ts'
import type { DataFolder } from '../../core/data-folder.ts'
import { days } from '../../core/duration.ts'
import { readIfThere, writeAtomic } from './files.ts'

export type PullsLeaf = { readonly certificatePem: string; readonly keyPem: string }

/** As long as the machine lives: replacing it means a moment in which both are accepted. */
const authorityLife = days(3650)
/** Cloudflare does not remove ended certificates and the origin then refuses: a year, renewed early. */
const leafLife = days(365)

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/**
 * Our own authority for the edge's client certificates, and the leaf in use. Each is one file with its key,
 * so that no kill leaves a certificate beside another one's key. Keys never leave the folder but for the
 * leaf's upload.
 *
 * `ca.pem` has the certificates alone: of whom the gateway accepts, the newest first.
 */
export function pullsStore(folder: DataFolder, now: () => Date) {
  const paths = {
    authority: join(folder.pulls.folder, 'authority.pem'),
    leaf: folder.pulls.leaf,
  }
  const accepted = async (): Promise<readonly string[]> =>
    certificatesIn((await readIfThere(folder.pulls.authorities)) ?? '')
  const accept = (certificates: readonly string[]): Promise<void> =>
    writeAtomic(folder.pulls.authorities, certificates.map((pem) => `${pem}\n`).join(''))
  const acceptToo = async (certificatePem: string): Promise<void> =>
    accept([...new Set([certificatePem.trim(), ...(await accepted()).filter(isValid)])])
  const isValid = (pem: string): boolean => new X509Certificate(pem).validToDate > now()
  const authority = () => pairIn(paths.authority)

  return {
    authority,
    leaf: () => pairIn(paths.leaf),
    accepted,

    /** Accepted before it signs anything, and beside those before it: the edge still presents their leaf. */
    async makeAuthority(): Promise<void> {
      const made = await newAuthority(now())
      await acceptToo(made.certificatePem)
      await writePair(paths.authority, made)
    },

    async makeLeaf(): Promise<void> {
      const signing = await authority()
      if (!signing) throw new Error('the authority is made before its leaf')
      await writePair(paths.leaf, await newLeaf(signing, now()))
    },

    /** The one in use, beside the others or alone. */
    async acceptOwn(alone: boolean): Promise<void> {
      const own = await authority()
      if (own) await (alone ? accept([own.certificatePem.trim()]) : acceptToo(own.certificatePem))
    },
  }
}

const writePair = (path: string, { certificatePem, keyPem }: PullsLeaf): Promise<void> =>
  writeAtomic(path, `${keyPem.trim()}\n${certificatePem.trim()}\n`)

/** A damaged pair is as good as none: another one is made. */
async function pairIn(path: string): Promise<PullsLeaf | undefined> {
  const text = (await readIfThere(path)) ?? ''
  const [certificatePem] = certificatesIn(text)
  const [keyPem] = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/.exec(text) ?? []
  return certificatePem !== undefined &&
    keyPem !== undefined &&
    belongTogether(certificatePem, keyPem)
    ? { certificatePem, keyPem }
    : undefined
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
