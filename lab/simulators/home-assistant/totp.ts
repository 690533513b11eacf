import { createHmac, randomBytes } from 'node:crypto'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A new secret as authenticators take it: 160 bits in base 32 (RFC 4226, section 4). */
export const newSecret = (): string =>
  [...randomBytes(32)].map((byte) => alphabet[byte % 32]).join('')

/** The six digits of that moment (RFC 6238 with its defaults: SHA-1, 30 s). */
export function totp(secret: string, at: Date): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at.getTime() / 30_000)))
  const digest = createHmac('sha1', decoded(secret)).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 15
  return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0')
}

function decoded(secret: string): Buffer {
  const bits = secret
    .replace(/=+$/, '')
    .split('')
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}
