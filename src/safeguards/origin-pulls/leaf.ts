import { X509Certificate } from 'node:crypto'

import type { Leaf } from './types.ts'

export function leafOf(pem: string): Leaf | undefined {
  try {
    const { fingerprint256: fingerprint, validToDate: notAfter } = new X509Certificate(pem)
    return { fingerprint, notAfter }
  } catch {
    return undefined
  }
}

/** Signed by our authority: made by this home, and no other. */
export function isIssuedBy(pem: string, authorityPem: string | undefined): boolean {
  if (authorityPem === undefined) return false
  try {
    const authority = new X509Certificate(authorityPem)
    const certificate = new X509Certificate(pem)
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
  } catch {
    return false
  }
}
