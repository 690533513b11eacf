import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'

import { later, milliseconds, seconds, since, type Duration } from '../../core/duration.ts'
import { Problem } from '../../core/problem.ts'
import type { Secret } from '../../core/secret.ts'
import type { Received } from '../http/exchange.ts'
import { readEnvelope, type Envelope } from './envelope.ts'
import { askApi, connectionsToApi } from './http.ts'
import { restAfter } from './pace.ts'
import { refusalOf } from './refusal.ts'
import { standingOf } from './standing.ts'

export type CloudflareOptions = {
  /** Without a trailing slash. */
  readonly baseUrl: string
  readonly token: Secret
  readonly now: () => Date
  /** 0 (included) to 1 (excluded), for jitter. */
  readonly random: () => number
  /** How long one answer may take, body included. */
  readonly deadline?: Duration
  /** Lets time go by between two tries; for tests that count them. */
  readonly rest?: (duration: Duration, signal: AbortSignal) => Promise<void>
  /** Told of each call that was sent; for figures. */
  readonly observe?: (call: { readonly method: string; readonly path: string }) => void
}

export type Call<T> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the base URL: `/zones/…`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** What the result must look like. More is ignored, wrong types are loud. */
  readonly schema: z.ZodType<T>
}

/** A thin client for just the operations that Gatehouse needs. */
export type CloudflareClient = {
  /**
   * One operation. Reads and idempotent writes are tried up to four times; a POST once: after a lost
   * answer it throws Problem `cloudflare/unconfirmed`, and the caller has to look again.
   */
  call<T>(call: Call<T>, signal: AbortSignal): Promise<T>
  /** All pages of a list, at most 100 of them. */
  list<T>(call: Omit<Call<T>, 'method'>, signal: AbortSignal): Promise<T[]>
  /**
   * Status and errors of one call, without judging or repeating it: for probing what a token may do.
   * A read unless `more` says otherwise; whoever does must know that it changes nothing.
   */
  probe(
    path: string,
    signal: AbortSignal,
    more?: Partial<Pick<Call<unknown>, 'method' | 'query' | 'body'>>,
  ): Promise<{ readonly status: number; readonly envelope: Envelope | undefined }>
  readonly baseUrl: string
  /** The home has another address: whatever is connected is so from the old one. */
  readonly reconnect: () => void
}

const attempts = 4
/** What a person would still wait for; longer waits are the scheduler's (`retryAt`). */
const longestWait = seconds(20)

export function cloudflareClient(options: CloudflareOptions): CloudflareClient {
  const deadline = options.deadline ?? seconds(30)
  const rest = options.rest ?? ((duration, signal) => sleep(duration, undefined, { signal }))
  const connections = connectionsToApi()
  /** The API wants no call before this moment. */
  let quietUntil = new Date(0)

  const send = async (
    call: Pick<Call<unknown>, 'method' | 'path' | 'query' | 'body'>,
    signal: AbortSignal,
  ): Promise<Received> => {
    options.observe?.({ method: call.method, path: call.path })
    const query = call.query === undefined ? '' : `?${new URLSearchParams(call.query).toString()}`
    const answer = await askApi(
      new URL(`${options.baseUrl}${call.path}${query}`),
      {
        method: call.method,
        headers: {
          authorization: `Bearer ${options.token.reveal()}`,
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      },
      connections,
      deadline,
      signal,
    )
    const quiet = restAfter(answer, options.now())
    if (quiet !== undefined) quietUntil = later(options.now(), quiet)
    // What the API says about a call is shown to people, and it may repeat the call.
    return { ...answer, text: options.token.hideIn(answer.text) }
  }

  const keepQuiet = async (signal: AbortSignal): Promise<void> => {
    const wait = since(options.now(), quietUntil)
    if (wait > longestWait) throw withRetryAt(limited(), quietUntil)
    if (wait > 0) await rest(wait, signal)
  }

  const probe: CloudflareClient['probe'] = async (path, signal, more = {}) => {
    const answer = await send({ method: 'GET', path, ...more }, signal)
    return { status: answer.status, envelope: readEnvelope(answer.text) }
  }

  const verify = (signal: AbortSignal) => standingOf(probe, signal)

  const request = async <T>(
    call: Call<T>,
    signal: AbortSignal,
  ): Promise<{ value: T; envelope: Envelope }> => {
    for (let attempt = 1; ; attempt++) {
      const last = attempt === attempts
      await keepQuiet(signal)
      const tried = await attemptOnce(call, send, signal)
      if ('envelope' in tried)
        return { value: parse(call, tried.envelope.result), envelope: tried.envelope }
      if (tried.is === 'refused')
        throw await refusalOf(call, tried.answer, tried.errors, verify, signal)
      if (call.method === 'POST' && tried.mayHaveHappened) throw unconfirmed(call, tried.problem)
      const backoff = later(
        options.now(),
        milliseconds(400 * 2 ** attempt * (0.5 + options.random() / 2)),
      )
      const next = backoff > quietUntil ? backoff : quietUntil
      const wait = since(options.now(), next)
      if (last || wait > longestWait) throw withRetryAt(tried.problem, next)
      await rest(wait, signal)
    }
  }

  return {
    baseUrl: options.baseUrl,
    reconnect: () => connections.forget(),
    probe,
    call: async (call, signal) => (await request(call, signal)).value,
    async list(call, signal) {
      const all = []
      for (let page = 1; page <= 100; page++) {
        const query = { per_page: '100', ...call.query, page: String(page) }
        const { value, envelope } = await request(
          { ...call, method: 'GET', query, schema: call.schema.array() },
          signal,
        )
        all.push(...value)
        // `result_info` has been missing: then a page that is not full is the last.
        const more =
          envelope.totalPages === undefined
            ? value.length >= Number(query.per_page)
            : page < envelope.totalPages
        if (!more) return all
      }
      throw new Problem('cloudflare/endless-list', `the list ${call.path} has no end`)
    },
  }
}

type Tried =
  | { readonly envelope: Envelope }
  | { readonly is: 'refused'; readonly answer: Received; readonly errors: Envelope['errors'] }
  | {
      readonly is: 'failed'
      readonly problem: Problem
      readonly mayHaveHappened: boolean
    }

async function attemptOnce<T>(
  call: Call<T>,
  send: (call: Call<T>, signal: AbortSignal) => Promise<Received>,
  signal: AbortSignal,
): Promise<Tried> {
  let answer: Received
  try {
    answer = await send(call, signal)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { is: 'failed', problem: error, mayHaveHappened: true }
  }
  const { status, text } = answer
  if (status === 204)
    return { envelope: { success: true, result: null, errors: [], totalPages: undefined } }
  const envelope = readEnvelope(text)
  if (status === 429) return { is: 'failed', problem: limited(), mayHaveHappened: false }
  if (status < 300 && envelope?.success === true) return { envelope }
  if (status >= 400 && status < 500 && envelope)
    return { is: 'refused', answer, errors: envelope.errors }
  return { is: 'failed', problem: nonsense(status, text, envelope), mayHaveHappened: true }
}

function parse<T>(call: Call<T>, result: unknown): T {
  const parsed = call.schema.safeParse(result)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Problem(
    'cloudflare/unexpected-answer',
    `Cloudflare answered ${call.method} ${call.path} with something else than documented (at ${issue?.path.join('.') ?? 'the top'})`,
    { hint: 'run the command again; if it stays so, the API has changed: please report it' },
  )
}

const limited = () =>
  new Problem(
    'cloudflare/rate-limited',
    "Cloudflare's API wants fewer calls (1,200 in five minutes, all programs of the account together)",
    {
      hint: 'wait five minutes and run the command again',
    },
  )

function nonsense(status: number, text: string, envelope: Envelope | undefined): Problem {
  const what = envelope
    ? 'a failure without a reason'
    : /^\s*</.test(text)
      ? 'a web page'
      : text === ''
        ? 'nothing'
        : 'something unreadable'
  return new Problem('cloudflare/no-answer', `Cloudflare's API answered ${status} with ${what}`, {
    hint: 'this is usually over in minutes (cloudflarestatus.com shows it); run the command again',
  })
}

const unconfirmed = ({ path }: Call<unknown>, cause: Problem) =>
  new Problem('cloudflare/unconfirmed', `could not confirm POST ${path}: ${cause.message}`, {
    hint: 'it may or may not have happened; the next look shows it',
    cause,
  })

const withRetryAt = (problem: Problem, retryAt: Date): Problem =>
  new Problem(problem.code, problem.message, {
    retryAt,
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    ...(problem.cause === undefined ? {} : { cause: problem.cause }),
  })
