import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  createHmac,
  type KeyObject,
} from 'node:crypto'

import type { Secret } from '../../core/secret.ts'

/** The public half of an ES256 account key (RFC 7518 section 6.2). */
export type Jwk = {
  readonly crv: string
  readonly kty: string
  readonly x: string
  readonly y: string
}

export const base64url = (data: string | Uint8Array): string =>
  Buffer.from(data).toString('base64url')

/** A new ECDSA P-256 key, PKCS #8 PEM. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

export type AccountKey = { readonly key: KeyObject; readonly jwk: Jwk; readonly thumbprint: string }

/** Throws when the PEM is no P-256 key. */
export function accountKey(pem: string): AccountKey {
  const key = createPrivateKey(pem)
  const { crv, kty, x, y } = createPublicKey(key).export({ format: 'jwk' })
  if (crv !== 'P-256' || kty !== 'EC' || x === undefined || y === undefined)
    throw new Error('the account key is no P-256 key')
  const jwk = { crv, kty, x, y }
  // RFC 7638: the members in lexicographic order, without white space.
  const thumbprint = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url')
  return { key, jwk, thumbprint }
}

/** A flattened JWS with ES256 (RFC 8555 section 6.2). An `undefined` payload is a POST-as-GET. */
export function signed(
  key: KeyObject,
  header: Readonly<Record<string, unknown>>,
  payload: unknown,
): string {
  const protectedPart = base64url(JSON.stringify({ alg: 'ES256', ...header }))
  const payloadPart = payload === undefined ? '' : base64url(JSON.stringify(payload))
  const signature = sign('sha256', Buffer.from(`${protectedPart}.${payloadPart}`), {
    key,
    dsaEncoding: 'ieee-p1363',
  })
  return JSON.stringify({
    protected: protectedPart,
    payload: payloadPart,
    signature: base64url(signature),
  })
}

/** External account binding (RFC 8555 section 7.3.4): our key, signed with the key the CA gave out. */
export function externalBinding(
  jwk: Jwk,
  eab: { readonly keyId: string; readonly hmac: Secret },
  url: string,
): unknown {
  const protectedPart = base64url(JSON.stringify({ alg: 'HS256', kid: eab.keyId, url }))
  const payload = base64url(JSON.stringify(jwk))
  const signature = createHmac('sha256', Buffer.from(eab.hmac.reveal(), 'base64url'))
    .update(`${protectedPart}.${payload}`)
    .digest('base64url')
  return { protected: protectedPart, payload, signature }
}
