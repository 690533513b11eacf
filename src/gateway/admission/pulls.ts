import { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

/** `optional` serves everybody from the edge and counts whom `required` would refuse. */
export type PullsMode = 'off' | 'optional' | 'required'

export type Pulls = {
  readonly mode: PullsMode
  /** PEM of the authorities of our client certificates. */
  readonly authorities: readonly string[]
  /** SHA-256 fingerprints (upper-case hex with colons) of certificates that are not taken any more. */
  readonly revoked?: readonly string[]
}

/** Judges the client certificates of the edge. */
export type PullsJudge = {
  /** After a handshake: the certificate of ours that the peer holds, if it does. Chain and purpose are OpenSSL's to judge. */
  presented(socket: TLSSocket, now: Date): X509Certificate | undefined
  /** Later, by the rules of now: is a certificate that was good then still good? */
  stillGood(certificate: X509Certificate, now: Date): boolean
}

export function pullsJudge({ authorities, revoked = [] }: Pulls): PullsJudge {
  const issuers = authorities.map((pem) => new X509Certificate(pem))
  // The edge shows one certificate on all its connections, and each signature takes a part of a millisecond.
  const ours = new Map<string, boolean>()
  const isOurs = (certificate: X509Certificate): boolean => {
    const { fingerprint256 } = certificate
    const known = ours.get(fingerprint256)
    if (known !== undefined) return known
    const isIssued = issuers.some(
      (issuer) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey),
    )
    ours.set(fingerprint256, isIssued)
    return isIssued
  }
  const inForce = (certificate: X509Certificate, now: Date): boolean =>
    certificate.validFromDate <= now &&
    now < certificate.validToDate &&
    (revoked.length === 0 || !revoked.includes(certificate.fingerprint256))
  return {
    presented(socket, now) {
      // A resumed session without any certificate counts as authorized in Node (`verifyError` of a PSK is OK).
      const certificate = authorities.length > 0 ? socket.getPeerX509Certificate() : undefined
      if (!certificate || !socket.authorized) return undefined
      // OpenSSL judges the time in full handshakes alone: a session may outlive its certificate.
      return inForce(certificate, now) ? certificate : undefined
    },
    stillGood: (certificate, now) => inForce(certificate, now) && isOurs(certificate),
  }
}
