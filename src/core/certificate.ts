import { createPrivateKey, X509Certificate } from 'node:crypto'

import { Problem } from './problem.ts'

/** What there is to know of a stored certificate without its key. */
export type CertificateFacts = {
  readonly names: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
  /** SHA-256 of the leaf, upper-case hex with colons. */
  readonly fingerprint: string
  readonly issuer: string
}

export const certificatesIn = (pem: string): string[] =>
  pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []

/** Facts of the leaf, the first certificate of a chain. Throws Problem `certificate/unreadable`. */
export function factsOf(chainPem: string): CertificateFacts {
  const leaf = leafOf(chainPem)
  return {
    names: namesOf(leaf),
    notBefore: leaf.validFromDate,
    notAfter: leaf.validToDate,
    fingerprint: leaf.fingerprint256,
    issuer: leaf.issuer.replaceAll('\n', ', '),
  }
}

function leafOf(chainPem: string): X509Certificate {
  try {
    return new X509Certificate(certificatesIn(chainPem)[0] ?? chainPem)
  } catch (cause) {
    throw new Problem('certificate/unreadable', 'the certificate cannot be read', { cause })
  }
}

/** Names only count in the SAN (RFC 9525 section 2): new certificates have no common name at all. */
const namesOf = (leaf: X509Certificate): string[] =>
  (leaf.subjectAltName ?? '')
    .split(', ')
    .filter((entry) => entry.startsWith('DNS:'))
    .map((entry) => entry.slice(4).toLowerCase())

/** False too for what cannot be read: a damaged pair serves nobody. */
export function belongTogether(chainPem: string, keyPem: string): boolean {
  try {
    return leafOf(chainPem).checkPrivateKey(createPrivateKey(keyPem))
  } catch {
    return false
  }
}

/**
 * Checks a pair before it is put where something serves it: a mismatch takes Home Assistant into
 * recovery mode. Throws Problem `certificate/unusable`.
 */
export function checkPair(
  chainPem: string,
  keyPem: string,
  names: readonly string[],
  now: Date,
): void {
  const refuse = (because: string): never => {
    throw new Problem('certificate/unusable', `the certificate cannot be used: ${because}`, {
      hint: 'the one in use stays; run the command again, and report it if it stays so',
    })
  }
  const chain = certificatesIn(chainPem).map((pem) => new X509Certificate(pem))
  const [leaf] = chain
  if (!leaf) return refuse('there is none')
  if (!belongTogether(chainPem, keyPem)) refuse('it belongs to another key')
  const missing = names.find((name) => leaf.checkHost(name, { subject: 'never' }) === undefined)
  if (missing !== undefined) refuse(`it does not cover ${missing}`)
  if (leaf.validToDate <= now) refuse(`it ended ${leaf.validToDate.toISOString()}`)
  for (const [i, certificate] of chain.slice(0, -1).entries()) {
    const issuer = chain[i + 1]
    if (issuer && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)))
      refuse('its chain does not hold together')
  }
}
