import { createHash, createHmac, createPublicKey, verify, type KeyObject } from 'node:crypto'

type Jwk = Readonly<Record<string, string>>

export type Jws = {
  readonly header: {
    readonly alg?: string
    readonly nonce?: string
    readonly url?: string
    readonly kid?: string
    readonly jwk?: Jwk
  }
  readonly payload: unknown
  /** True for a POST-as-GET. */
  readonly empty: boolean
  readonly verify: (key: KeyObject) => boolean
}

/** A flattened JWS as ACME clients send it; ES256, ES384 and RS256. Throws on anything else. */
export function readJws(text: string): Jws {
  const {
    protected: head,
    payload,
    signature,
  } = JSON.parse(text) as { protected: string; payload: string; signature: string }
  const header = JSON.parse(Buffer.from(head, 'base64url').toString('utf8')) as Jws['header']
  const signed = Buffer.from(`${head}.${payload}`)
  const bytes = Buffer.from(signature, 'base64url')
  const hashes: Readonly<Record<string, string>> = {
    ES256: 'sha256',
    ES384: 'sha384',
    RS256: 'sha256',
  }
  return {
    header,
    empty: payload === '',
    payload:
      payload === '' ? undefined : JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')),
    verify: (key) =>
      verify(
        hashes[header.alg ?? ''] ?? 'sha256',
        signed,
        key.asymmetricKeyType === 'rsa' ? key : { key, dsaEncoding: 'ieee-p1363' },
        bytes,
      ),
  }
}

export const keyOf = (jwk: Jwk): KeyObject => createPublicKey({ key: jwk, format: 'jwk' })

export function thumbprint(jwk: Jwk): string {
  const members = jwk['kty'] === 'RSA' ? ['e', 'kty', 'n'] : ['crv', 'kty', 'x', 'y']
  const canonical = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])))
  return createHash('sha256').update(canonical).digest('base64url')
}

/** External account binding: the account's key, signed with the HMAC key of `kid` (RFC 8555 section 7.3.4). */
export function bindingHolds(binding: unknown, keys: ReadonlyMap<string, string>): boolean {
  const {
    protected: head,
    payload,
    signature,
  } = (binding ?? {}) as { protected?: string; payload?: string; signature?: string }
  if (head === undefined || payload === undefined) return false
  const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString('utf8')) as { kid?: string }
  const key = keys.get(kid ?? '')
  if (key === undefined) return false
  return (
    createHmac('sha256', Buffer.from(key, 'base64url'))
      .update(`${head}.${payload}`)
      .digest('base64url') === signature
  )
}
