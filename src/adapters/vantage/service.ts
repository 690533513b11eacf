import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

import { addressOf, type Address } from '../../core/address.ts'
import { seconds } from '../../core/duration.ts'
import { Problem, errorCode, reasonOf } from '../../core/problem.ts'
import type { PortOutcome } from '../../core/port-outcome.ts'
import type { Secret } from '../../core/secret.ts'
import { exchange, type Received } from '../http/exchange.ts'
import { jsonOf } from '../../core/json.ts'

const certificate = z
  .object({ names: z.string(), issuer: z.string(), fingerprint: z.string() })
  .optional()
const outcome = z.discriminatedUnion('is', [
  z.object({ is: z.literal('refused'), ms: z.number() }),
  z.object({ is: z.literal('filtered'), ms: z.number() }),
  z.object({ is: z.literal('unreachable'), ms: z.number(), because: z.string() }),
  z.object({ is: z.literal('open'), ms: z.number(), because: z.string(), certificate }),
  z.object({
    is: z.literal('http'),
    ms: z.number(),
    status: z.number(),
    tls: z.boolean(),
    homeAssistant: z.boolean(),
    certificate,
  }),
])
const answer = z.object({
  you: z.string(),
  from: z.string().optional(),
  results: z.array(z.object({ port: z.number(), outcome })),
})

export type VantageAnswer = {
  readonly you: Address
  /** Where the probes came from, as far as the vantage knows. */
  readonly from: Address | undefined
  readonly results: readonly { readonly port: number; readonly outcome: PortOutcome }[]
}

export type VantageOptions = { readonly url: string; readonly token: Secret | undefined }

/** Longer than the thirty seconds that the service gives itself. */
const deadline = seconds(45)
const maxBytes = 100_000

/**
 * Asks the service to probe us. It probes the address it sees, so the request leaves from the published
 * address where this machine has it (IPv6, no NAT); behind a router it comes from there by itself.
 */
export async function askVantage(
  { url, token }: VantageOptions,
  asked: {
    readonly address: Address
    readonly ports: readonly number[]
    readonly name: string | undefined
  },
  signal: AbortSignal,
): Promise<VantageAnswer> {
  const body = JSON.stringify({
    ports: asked.ports,
    ...(asked.name === undefined ? {} : { name: asked.name }),
  })
  for (let attempt = 1; ; attempt++) {
    const { status, text } = await post(new URL('/probe', url), body, token, asked.address, signal)
    if (status === 429 && attempt < 5) {
      await sleep(1100, undefined, { signal })
      continue
    }
    if (status === 401)
      throw new Problem('vantage/refused', 'the vantage wants another token', {
        hint: 'set vantage.token_file',
      })
    const parsed = answer.safeParse(jsonOf(text))
    const you = parsed.success ? addressOf(parsed.data.you) : undefined
    if (status !== 200 || !parsed.success || !you)
      throw new Problem(
        'vantage/no-answer',
        `the vantage at ${url} answered ${status}, and not as one`,
        { hint: 'check vantage.url: `gatehouse vantage` has to run there, in the same version' },
      )
    return {
      you,
      from: addressOf(parsed.data.from ?? ''),
      results: parsed.data.results.map(({ port, outcome: said }) => ({
        port,
        outcome: exact(said),
      })),
    }
  }
}

/** An optional key that is there without a value means that it is not there. */
function exact(said: z.output<typeof outcome>): PortOutcome {
  if (said.is !== 'open' && said.is !== 'http') return said
  const { certificate: seen, ...rest } = said
  return seen === undefined ? rest : { ...rest, certificate: seen }
}

/** From the published address if this machine has it, else from whichever it has. */
async function post(
  url: URL,
  body: string,
  token: Secret | undefined,
  from: Address,
  signal: AbortSignal,
): Promise<Received> {
  const headers = {
    'content-type': 'application/json',
    ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}),
  }
  const sent = { method: 'POST', headers, body }
  const bounds = { deadline, maxBytes, family: from.family === 'ipv4' ? 4 : 6 }
  try {
    return await exchange(url, sent, { ...bounds, localAddress: from.text }, signal).catch(
      (error: unknown) => {
        const isNotHere = errorCode(error) === 'EADDRNOTAVAIL' || errorCode(error) === 'EINVAL'
        if (isNotHere) return exchange(url, sent, bounds, signal)
        throw error
      },
    )
  } catch (error) {
    throw unreachable(url, error)
  }
}

const unreachable = (url: URL, cause: unknown) =>
  new Problem(
    'vantage/no-answer',
    `the vantage at ${url.host} cannot be reached (${reasonOf(cause)})`,
    { hint: 'check vantage.url, and that `gatehouse vantage` runs there', cause },
  )
