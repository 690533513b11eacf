import { setTimeout as sleep } from 'node:timers/promises'

import { milliseconds, seconds, type Duration } from '../../core/duration.ts'
import { Problem, reasonOf } from '../../core/problem.ts'
import { signed, type AccountKey, type Jwk } from './jws.ts'
import { acmeProblem, AcmeProblem } from './problem.ts'

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  json(): unknown
}

export type TransportOptions = { readonly now: () => Date; readonly deadline?: Duration }

/** By its account's URL once it has one, by the whole key before (RFC 8555 section 6.2). */
export type Identity = { readonly kid: string } | { readonly jwk: Jwk }

/** Requests to one CA: nonces, signatures, deadlines, and refusals as Problems. */
export type Transport = {
  get(url: string, signal: AbortSignal): Promise<Answer>
  /** `payload` undefined: POST-as-GET. A refused nonce is tried again with the one of the refusal. */
  post(
    url: string,
    payload: unknown,
    account: AccountKey,
    identity: Identity,
    signal: AbortSignal,
  ): Promise<Answer>
  /** Where fresh nonces are to be had. */
  useNonces(url: string): void
}

const maxBytes = 1_000_000
const badNonceTries = 10
/** A busy CA answers 503 for moments; longer ones are the scheduler's. */
const outageTries = 3

export function transport(options: TransportOptions): Transport {
  const nonces: string[] = []
  let newNonceUrl = ''

  const send = async (
    url: string,
    init: { method?: string; body?: string },
    signal: AbortSignal,
  ): Promise<Answer> => {
    const deadline = AbortSignal.timeout(options.deadline ?? seconds(30))
    try {
      const response = await fetch(url, {
        ...init,
        redirect: 'follow',
        signal: AbortSignal.any([signal, deadline]),
        // Every body of ACME is a JWS (RFC 8555 section 6.2).
        headers: {
          'user-agent': 'gatehouse',
          ...(init.body === undefined ? {} : { 'content-type': 'application/jose+json' }),
        },
      })
      const text = await boundedText(response)
      const nonce = response.headers.get('replay-nonce')
      if (nonce !== null && /^[\w-]+$/.test(nonce)) nonces.push(nonce)
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: () => parse(text, url),
      }
    } catch (cause) {
      signal.throwIfAborted()
      if (cause instanceof Problem) throw cause
      const why = deadline.aborted
        ? 'no answer in time'
        : reasonOf(cause instanceof Error && cause.cause !== undefined ? cause.cause : cause)
      throw new Problem(
        'certificate/authority-unreachable',
        `the certificate authority cannot be reached (${why})`,
        {
          hint: 'check that this machine reaches the internet and that its clock is right; nothing was used up',
          cause,
        },
      )
    }
  }

  const checked = (answer: Answer): Answer => {
    if (answer.status < 300) return answer
    throw acmeProblem(answer.status, answer.text, answer.headers.get('retry-after'), options.now())
  }

  const nonce = async (signal: AbortSignal): Promise<string> => {
    const pooled = nonces.pop()
    if (pooled !== undefined) return pooled
    await send(newNonceUrl, { method: 'HEAD' }, signal)
    const fresh = nonces.pop()
    if (fresh === undefined)
      throw new Problem(
        'certificate/authority-unreadable',
        'the certificate authority gives no nonce',
        { hint: 'check certificate.directory' },
      )
    return fresh
  }

  return {
    useNonces(url) {
      newNonceUrl = url
    },
    get: async (url, signal) => checked(await send(url, {}, signal)),
    async post(url, payload, account, identity, signal) {
      let outages = 0
      for (let attempt = 1; ; attempt++) {
        const body = signed(account.key, { ...identity, nonce: await nonce(signal), url }, payload)
        try {
          return checked(await send(url, { method: 'POST', body }, signal))
        } catch (error) {
          if (
            error instanceof AcmeProblem &&
            error.type === 'badNonce' &&
            attempt < badNonceTries
          ) {
            // Nonces of the pool may all have grown old together: only the refusal's own is fresh.
            nonces.splice(0, nonces.length - 1)
            continue
          }
          const brief =
            error instanceof AcmeProblem && error.status >= 500 && ++outages < outageTries
          if (!brief) throw error
          await sleep(milliseconds(300 * 2 ** outages), undefined, { signal })
        }
      }
    },
  }
}

async function boundedText(response: Response): Promise<string> {
  let text = ''
  let size = 0
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes)
      throw new Problem(
        'certificate/authority-unreadable',
        'the certificate authority sends an answer without an end',
      )
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function parse(text: string, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Problem(
      'certificate/authority-unreadable',
      `${new URL(url).host} answers with something that is not ACME`,
      {
        hint: 'check certificate.directory; a captive portal or a proxy may answer in its place',
        cause,
      },
    )
  }
}
