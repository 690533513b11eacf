import { z } from 'zod'

import { later, minutes, seconds, type Duration } from '../../core/duration.ts'
import { errorCode, Problem, reasonOf, type Code } from '../../core/problem.ts'
import { jsonOf } from '../../core/json.ts'

const document = z.object({
  type: z.string().catch(''),
  detail: z.string().catch(''),
  subproblems: z
    .array(z.object({ type: z.string().catch(''), detail: z.string().catch('') }))
    .optional(),
})

/** A problem document of the CA (RFC 8555 section 6.7), kept whole so that callers can look at its type. */
export class AcmeProblem extends Problem {
  /** Without the URN: `rateLimited`, `badNonce`, … */
  readonly type: string
  readonly status: number

  constructor(
    type: string,
    status: number,
    code: Code,
    says: string,
    more: ConstructorParameters<typeof Problem>[2],
  ) {
    super(code, says, more)
    this.type = type
    this.status = status
  }
}

export function acmeProblem(
  status: number,
  text: string,
  retryAfter: string | undefined,
  now: Date,
): AcmeProblem {
  const parsed = document.safeParse(jsonOf(text))
  const type = parsed.success ? parsed.data.type.replace(/^urn:ietf:params:acme:error:/, '') : ''
  const details = parsed.success
    ? [parsed.data.detail, ...(parsed.data.subproblems ?? []).map((each) => each.detail)].filter(
        (each) => each !== '',
      )
    : []
  const said = details.length > 0 ? details.join('; ').slice(0, 500) : `status ${status}`
  const [code, says, hint] = wording[type] ?? other(status)
  const pause = code === 'certificate/not-validated' ? refill : (pauses[type] ?? pauses[status])
  const retryAt = retryTime(retryAfter, now) ?? (pause && later(now, pause))
  return new AcmeProblem(type, status, code, `${says} (${said})`, {
    hint,
    ...(retryAt === undefined ? {} : { retryAt }),
  })
}

/** Let's Encrypt gives back one of its five failures per name and hour every 12 minutes (rate limits, 2026-08-05). */
const refill = minutes(12)

/** Where the CA asks for a pause and does not say how long. */
const pauses: Readonly<Record<string, Duration>> = { rateLimited: minutes(15), 429: minutes(15) }

/** No whole answer came. The connection itself fails where the clock is wrong: certificates are about time. */
export function unreachable(cause: unknown): Problem {
  const code = errorCode(cause) ?? ''
  if (code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED')
    return new Problem(
      'clock/wrong',
      'the certificate of the certificate authority itself is not valid at the time of this machine',
      {
        hint: 'set the clock (timedatectl set-ntp true) and run the command again',
        cause,
      },
    )
  return new Problem(
    'certificate/authority-unreachable',
    `the certificate authority cannot be reached (${reasonOf(cause)})`,
    {
      hint: 'check that this machine reaches the internet and that its clock is right; nothing was used up',
      cause,
    },
  )
}

type Wording = readonly [Code, string, string]

const wording: Readonly<Record<string, Wording>> = {
  rateLimited: [
    'certificate/rate-limited',
    'the certificate authority wants a pause',
    'nothing is lost; Gatehouse asks again when the pause is over. Keep the data folder: a new account would not help',
  ],
  badNonce: [
    'certificate/bad-nonce',
    'the certificate authority refused the nonce again and again',
    'run the command again; if it stays so, something between here and the authority repeats old answers',
  ],
  caa: [
    'certificate/caa',
    'a CAA record of the domain forbids this authority',
    'allow it in the CAA records of the domain ("letsencrypt.org" for letsencrypt), or remove them',
  ],
  dns: [
    'certificate/not-validated',
    'the certificate authority could not look the name up',
    'check that the domain works (dnssec, name servers), then run the command again',
  ],
  unauthorized: [
    'certificate/not-validated',
    'the certificate authority did not find the proof',
    'run the command again in some minutes; the authority allows five failures an hour',
  ],
  incorrectResponse: [
    'certificate/not-validated',
    'the certificate authority found another proof than ours',
    'look whether another program manages _acme-challenge records of this domain',
  ],
  externalAccountRequired: [
    'certificate/account-binding',
    'this authority wants an external account binding',
    'set certificate.eab_key_id and certificate.eab_hmac_file',
  ],
  rejectedIdentifier: [
    'certificate/name-rejected',
    'the certificate authority does not certify this name',
    'use a public name of a domain of yours',
  ],
  accountDoesNotExist: [
    'certificate/account-unknown',
    'the certificate authority does not know our account',
    'remove the account folder of this authority in the data folder and run the command again',
  ],
  userActionRequired: [
    'certificate/terms',
    'the certificate authority has new terms',
    'read and agree to them, then run the command again',
  ],
  alreadyReplaced: [
    'certificate/already-replaced',
    'the certificate was replaced already',
    'nothing to do',
  ],
  invalidProfile: [
    'certificate/profile',
    'the certificate authority does not offer this profile',
    'remove certificate.profile',
  ],
}

const other = (status: number): Wording =>
  status >= 500
    ? [
        'certificate/authority-down',
        'the certificate authority has a failure of its own',
        'this is usually over in minutes (letsencrypt.status.io shows it); run the command again',
      ]
    : [
        'certificate/refused',
        'the certificate authority refused',
        'run the command again; if it stays so, please report it',
      ]

/** RFC 9110 section 10.2.3: seconds or a date; `undefined` for neither. */
function retryTime(header: string | undefined, now: Date): Date | undefined {
  if (header === undefined) return undefined
  if (/^\d{1,9}$/.test(header)) return later(now, seconds(Number(header)))
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : new Date(date)
}

/** The problem document inside an authorization or an order. */
export const fromDocument = (error: unknown, now: Date): Problem =>
  acmeProblem(403, JSON.stringify(error), undefined, now)
