import { X509Certificate } from 'node:crypto'

import { days, hours, milliseconds, minutes, seconds, type Duration } from '../../core/duration.ts'
import { read, renewalInfo } from './messages.ts'

/** A span of time in which the CA wants a certificate to be renewed (RFC 9773 section 4.2). */
export type RenewalWindow = { readonly start: Date; readonly end: Date }

/**
 * The CertID of RFC 9773 section 4.1: key identifier of the authority and serial number, each
 * base64url of the bytes, the serial with its leading zero byte when its first bit is set.
 *
 * `undefined` when the certificate names no authority key.
 */
export function certificateId(pem: string): string | undefined {
  const certificate = new X509Certificate(pem)
  const keyId = authorityKeyId(certificate.raw)
  if (keyId === undefined) return undefined
  const hex =
    certificate.serialNumber.length % 2 === 1
      ? `0${certificate.serialNumber}`
      : certificate.serialNumber
  const serial = Buffer.from(hex, 'hex')
  const positive = (serial[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), serial]) : serial
  return `${keyId.toString('base64url')}.${positive.toString('base64url')}`
}

/** OID 2.5.29.35, then OCTET STRING { SEQUENCE { [0] keyIdentifier } } (RFC 5280 section 4.2.1.1). */
function authorityKeyId(der: Buffer): Buffer | undefined {
  const at = der.indexOf(Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x23, 0x04]))
  if (at < 0) return undefined
  const value = der.subarray(at + 7)
  // 30 len 80 len bytes: every authority's key identifier is far below 128 bytes.
  const length = value[3]
  return value[0] === 0x30 && value[2] === 0x80 && length !== undefined
    ? value.subarray(4, 4 + length)
    : undefined
}

/** The window that the CA suggests; `undefined` where it makes no sense (RFC 9773 section 4.2). */
export function windowIn(answer: unknown): RenewalWindow | undefined {
  const { suggestedWindow } = read(renewalInfo, answer, 'renewal information')
  const window = { start: new Date(suggestedWindow.start), end: new Date(suggestedWindow.end) }
  return window.end > window.start ? window : undefined
}

const shortest = minutes(1)
const longest = days(1)

/** RFC 9773 section 4.3: within reasonable limits, and six hours where it is not said. */
export function retryAfter(headers: ReadonlyMap<string, string>): Duration {
  const text = headers.get('retry-after') ?? ''
  if (!/^\d{1,9}$/.test(text)) return hours(6)
  return milliseconds(Math.min(longest, Math.max(shortest, seconds(Number(text)))))
}
