import { milliseconds, seconds, type Duration } from '../../core/duration.ts'
import { Problem } from '../../core/problem.ts'
import { steady, type Steady } from '../../core/steady.ts'
import { openConnections } from '../http/connections.ts'
import { exchange, TooLong, type Received } from '../http/exchange.ts'
import { signed, type AccountKey, type Jwk } from './jws.ts'
import { acmeProblem, AcmeProblem, unreachable } from './problem.ts'

export type Answer = Received & { json(): unknown }

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
/** The calls of one order follow each other, with a pause of some seconds while the CA looks. */
const idle = seconds(4)
/** A directory that moved leads there at once. */
const hops = 5
/** A busy CA answers 503 for moments, and a connection breaks now and then; longer ones are the scheduler's. */
const tries = 3
const longestPauseHere = seconds(5)

export function transport(options: TransportOptions): Transport {
  const { time = steady } = options
  const nonces: string[] = []
  let newNonceUrl = ''
  const connections = openConnections(idle)

  const send = async (
    url: URL,
    sent: { readonly method: 'GET' | 'HEAD' | 'POST'; readonly body?: string },
    signal: AbortSignal,
  ): Promise<Received> => {
    const headers = {
      'user-agent': 'gatehouse',
      // Every body of ACME is a JWS (RFC 8555 section 6.2).
      ...(sent.body === undefined ? {} : { 'content-type': 'application/jose+json' }),
    }
    const bounds = {
      deadline: options.deadline ?? seconds(30),
      maxBytes,
      agent: connections.for(url),
    }
    try {
      const answer = await exchange(url, { ...sent, headers }, bounds, signal)
      const nonce = answer.headers.get('replay-nonce')
      if (nonce !== undefined && /^[\w-]+$/.test(nonce)) nonces.push(nonce)
      return answer
    } catch (cause) {
      signal.throwIfAborted()
      if (cause instanceof TooLong) throw endless()
      throw unreachable(cause)
    }
  }

  const post = async (address: string, body: string, signal: AbortSignal): Promise<Answer> => {
    const url = new URL(address)
    const answer = await send(url, { method: 'POST', body }, signal)
    // The url is signed too (RFC 8555 section 6.4): a POST elsewhere could only fail.
    if (leadsElsewhere(answer)) throw unreachable(new Error('it leads somewhere else'))
    return { ...answer, json: () => parse(answer.text, url) }
  }

  const read = async (
    method: 'GET' | 'HEAD',
    address: string,
    signal: AbortSignal,
  ): Promise<Answer> => {
    let url = new URL(address)
    for (let hop = 0; hop <= hops; hop++) {
      const answer = await send(url, { method }, signal)
      const location = leadsElsewhere(answer) ? answer.headers.get('location') : undefined
      if (location === undefined || !URL.canParse(location, url.href))
        return { ...answer, json: () => parse(answer.text, url) }
      url = new URL(location, url)
    }
    throw unreachable(new Error('it leads on and on'))
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
    await persistently(() => read('HEAD', newNonceUrl, signal), signal)
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
      const answer = await post(url, body, signal)
      if (attempt === badNonceTries || !isBadNonce(answer, options.now())) return answer
      // Nonces of the pool may all have grown old together: only the refusal's own is fresh.
      nonces.splice(0, nonces.length - 1)
    }
  }

  return {
    useNonces(url) {
      newNonceUrl = url
    },
    get: (url, signal) => persistently(() => read('GET', url, signal), signal),
    post: async (message, signal) =>
      message.repeatable === false
        ? checked(await postOnce(message, signal))
        : persistently(() => postOnce(message, signal), signal),
  }
}

const isBadNonce = (answer: Answer, now: Date): boolean =>
  answer.status === 400 && acmeProblem(400, answer.text, undefined, now).type === 'badNonce'

function isBrief(error: unknown, now: Date): boolean {
  if (!(error instanceof Problem)) return false
  if (error.code === 'certificate/authority-unreachable') return true
  const longer =
    error.retryAt !== undefined && error.retryAt.getTime() > now.getTime() + longestPauseHere
  return error instanceof AcmeProblem && error.status >= 500 && !longer
}

const leadsElsewhere = ({ status }: Received): boolean => status >= 300 && status < 400

const endless = (): Problem =>
  new Problem(
    'certificate/authority-unreadable',
    'the certificate authority sends an answer without an end',
    { hint: 'check certificate.directory; something else may answer in its place' },
  )

function parse(text: string, url: URL): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Problem(
      'certificate/authority-unreadable',
      `${url.host} answers with something that is not ACME`,
      {
        hint: 'check certificate.directory; a captive portal or a proxy may answer in its place',
        cause,
      },
    )
  }
}
