import { Problem } from '../../core/problem.ts'
import type { Call } from './client.ts'
import { codesOf, describeErrors, type ApiError } from './envelope.ts'
import type { Received } from '../http/exchange.ts'
import type { Standing } from './standing.ts'

/** Asks the verify endpoints whether the token is one at all. */
type Verify = (signal: AbortSignal) => Promise<Standing>

/**
 * A 4xx as a Problem: by status, codes and chain, never by one code alone. 9109 and 10000 mean "bad
 * token" as well as "lacks the permission", so the verify endpoint decides.
 */
export async function refusalOf(
  call: Call<unknown>,
  answer: Received,
  errors: readonly ApiError[],
  verify: Verify,
  signal: AbortSignal,
): Promise<Problem> {
  const codes = codesOf(errors)
  const said = describeErrors(errors) || `status ${answer.status}`
  if (codes.some((code) => malformed.has(code))) return malformedToken(said)
  const aboutToken =
    answer.status === 401 ||
    (answer.status === 403 && (codes.length === 0 || codes.some((code) => ambiguous.has(code))))
  if (aboutToken) {
    const standing = await verify(signal).catch((): Standing => 'unknown')
    signal.throwIfAborted()
    return standing === 'active'
      ? missingPermission(call, errors, said)
      : refusedToken(standing, said)
  }
  return new CloudflareRefusal(call, answer.status, codes, said)
}

/** Cloudflare understood and said no. Callers look at `codes` for what they can live with. */
export class CloudflareRefusal extends Problem {
  readonly status: number
  readonly codes: readonly number[]

  constructor(
    call: Pick<Call<unknown>, 'method' | 'path'>,
    status: number,
    codes: readonly number[],
    said: string,
  ) {
    super('cloudflare/refused', `Cloudflare refused ${call.method} ${call.path}: ${said}`)
    this.status = status
    this.codes = codes
  }
}

const malformed = new Set([6003, 6103, 6111, 9106])
const ambiguous = new Set([1000, 9103, 9109, 10_000, 10_001])

const malformedToken = (said: string) =>
  new Problem('token/refused', `Cloudflare cannot read the token (${said})`, {
    hint: 'paste the token again, whole and without quotes; `gatehouse token url` opens the page that makes one',
  })

const refusedToken = (standing: Standing, said: string) =>
  new Problem('token/refused', `Cloudflare refuses the token (${said})`, {
    hint: `it was rolled, deleted or has ended${standing === 'ended' ? '' : ', or is an account token without this permission'}: make a new one with \`gatehouse token url\``,
  })

function missingPermission(
  call: Call<unknown>,
  errors: readonly ApiError[],
  said: string,
): Problem {
  const page = errors.find(({ documentation_url: url }) => url !== undefined)?.documentation_url
  return new Problem(
    'token/missing-permission',
    `the token may not do ${call.method} ${call.path} (${said})`,
    {
      hint: `\`gatehouse token check\` says what it lacks${page === undefined ? '' : `; the permission is named on ${page}`}`,
    },
  )
}
