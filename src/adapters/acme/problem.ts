import { z } from 'zod'

import { later, minutes, seconds } from '../../core/duration.ts'
import { Problem, type Code } from '../../core/problem.ts'

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
  retryAfter: string | null,
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
  const waits = status === 429 || status === 503 || type === 'rateLimited'
  return new AcmeProblem(type, status, code, `${says} (${said})`, {
    hint,
    ...(waits ? { retryAt: retryTime(retryAfter, now) } : {}),
  })
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
    'allow "letsencrypt.org" in the CAA records of the domain, or remove them',
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

function retryTime(header: string | null, now: Date): Date {
  if (header !== null && /^\d+$/.test(header)) return later(now, seconds(Number(header)))
  const date = header === null ? Number.NaN : Date.parse(header)
  return Number.isNaN(date) ? later(now, minutes(15)) : new Date(date)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
