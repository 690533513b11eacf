import { milliseconds, seconds, type Duration } from '../../core/duration.ts'
import { Problem } from '../../core/problem.ts'
import { steady, type Steady } from '../../core/steady.ts'
import { signed, type AccountKey, type Jwk } from './jws.ts'
import { acmeProblem, AcmeProblem, unreachable } from './problem.ts'

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  json(): unknown
}

export type TransportOptions = {
  readonly now: () => Date
  readonly deadline?: Duration
  readonly time?: Steady | undefined
}

/** By its account's URL once it has one, by the whole key before (RFC 8555 section 6.2). */
export type Identity = { readonly kid: string } | { readonly jwk: Jwk }

export type Message = {
  readonly url: string
  /** `undefined`: POST-as-GET. */
  readonly payload: unknown
  readonly account: AccountKey
  readonly identity: Identity
  /** False where a second try might do it twice: then a lost answer is the caller's to clear up. */
  readonly repeatable?: boolean
}

/** Requests to one CA: nonces, signatures, deadlines, and refusals as Problems. */
export type Transport = {
  get(url: string, signal: AbortSignal): Promise<Answer>
  /** A refused nonce is tried again with the one of the refusal. */
  post(message: Message, signal: AbortSignal): Promise<Answer>
  /** Where fresh nonces are to be had. */
  useNonces(url: string): void
}

/** Chains have some ten kilobytes; orders far less. */
const maxBytes = 1_000_000
const badNonceTries = 10
/** A busy CA answers 503 for moments, and a connection breaks now and then; longer ones are the scheduler's. */
const tries = 3
const longestPauseHere = seconds(5)

export function transport(options: TransportOptions): Transport {
  const { time = steady } = options
  const nonces: string[] = []
  let newNonceUrl = ''

  const send = async (
    url: string,
    init: { method: 'GET' | 'HEAD' | 'POST'; body?: string },
    signal: AbortSignal,
  ): Promise<Answer> => {
    const deadline = AbortSignal.timeout(options.deadline ?? seconds(30))
    try {
      const response = await fetch(url, {
        ...init,
        // The url is signed too (RFC 8555 section 6.4): a POST elsewhere could only fail.
        redirect: init.method === 'POST' ? 'error' : 'follow',
        signal: AbortSignal.any([signal, deadline]),
        headers: {
          'user-agent': 'gatehouse',
          // Every body of ACME is a JWS (RFC 8555 section 6.2).
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
      throw unreachable(cause, deadline.aborted)
    }
  }

  const checked = (answer: Answer): Answer => {
    if (answer.status < 300) return answer
    throw acmeProblem(answer.status, answer.text, answer.headers.get('retry-after'), options.now())
  }

  /** Again after a short pause, where that may help and does no harm. */
  const persistently = async (
    work: () => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<Answer> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return checked(await work())
      } catch (error) {
        if (attempt === tries || !isBrief(error, options.now())) throw error
        await time.rest(milliseconds(300 * 2 ** attempt), signal)
      }
    }
  }

  const nonce = async (signal: AbortSignal): Promise<string> => {
    const pooled = nonces.pop()
    if (pooled !== undefined) return pooled
    await persistently(() => send(newNonceUrl, { method: 'HEAD' }, signal), signal)
    const fresh = nonces.pop()
    if (fresh !== undefined) return fresh
    throw new Problem(
      'certificate/authority-unreadable',
      'the certificate authority gives no nonce',
      { hint: 'check certificate.directory' },
    )
  }

  const postOnce = async (message: Message, signal: AbortSignal): Promise<Answer> => {
    const { url, payload, account, identity } = message
    for (let attempt = 1; ; attempt++) {
      const body = signed(account.key, { ...identity, nonce: await nonce(signal), url }, payload)
      const answer = await send(url, { method: 'POST', body }, signal)
      if (attempt === badNonceTries || !isBadNonce(answer, options.now())) return answer
      // Nonces of the pool may all have grown old together: only the refusal's own is fresh.
      nonces.splice(0, nonces.length - 1)
    }
  }

  return {
    useNonces(url) {
      newNonceUrl = url
    },
    get: (url, signal) => persistently(() => send(url, { method: 'GET' }, signal), signal),
    post: async (message, signal) =>
      message.repeatable === false
        ? checked(await postOnce(message, signal))
        : persistently(() => postOnce(message, signal), signal),
  }
}

const isBadNonce = (answer: Answer, now: Date): boolean =>
  answer.status === 400 && acmeProblem(400, answer.text, null, now).type === 'badNonce'

function isBrief(error: unknown, now: Date): boolean {
  if (!(error instanceof Problem)) return false
  if (error.code === 'certificate/authority-unreachable') return true
  const longer =
    error.retryAt !== undefined && error.retryAt.getTime() > now.getTime() + longestPauseHere
  return error instanceof AcmeProblem && error.status >= 500 && !longer
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
        { hint: 'check certificate.directory; something else may answer in its place' },
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
