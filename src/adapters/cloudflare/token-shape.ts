import { Problem } from '../../core/problem.ts'
import type { Secret } from '../../core/secret.ts'

/**
 * Refuses what cannot be a token, and nothing else: the shape of tokens has changed before, so it is
 * never judged. Never quotes the value.
 */
export function refuseObviousMistakes(token: Secret): void {
  const value = token.reveal()
  if (globalKey.test(value)) {
    throw new Problem(
      'token/global-key',
      'this is a Global API Key, which can do everything your password can',
      {
        hint: 'make a token that can do only what is needed: `gatehouse token url`',
        usage: true,
      },
    )
  }
  const mistake = mistakes.find(([pattern]) => pattern.test(value))
  if (mistake) {
    throw new Problem('token/refused', `the Cloudflare token ${mistake[1]}`, {
      hint: 'paste the token alone, as Cloudflare showed it once',
      usage: true,
    })
  }
}

/**
 * Keys are `cfk_…` since April 2026 and were 37 to 45 lower-case hexadecimal digits (Cloudflare docs,
 * "Token formats"). Tokens mix all letters: that a true one looks like this is one case in 10^23.
 */
const globalKey = /^cfk_|^[0-9a-f]{37,45}$/

const mistakes: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'is empty'],
  [/^["'].*["']$/, 'has quotes around it'],
  [/^[A-Z_]+=/, 'is a line of an environment file, not the token itself'],
  [/^Bearer\s/i, 'begins with "Bearer"'],
  [/^<.*>$|^(your|my)[-_ ].*token|^x{6,}$/i, 'is a placeholder'],
  [/\s/, 'has white space in it'],
  [/[^\x21-\x7e]/, 'has characters that no token has'],
]
