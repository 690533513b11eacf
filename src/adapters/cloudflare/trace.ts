import { addressOf, type Address, type Family } from '../../core/address.ts'
import { seconds, type Duration } from '../../core/duration.ts'
import { known, unknown, type Fact } from '../../core/fact.ts'
import { reasonOf } from '../../core/problem.ts'
import { exchange } from '../http/exchange.ts'

const usual = seconds(5)

export type TraceOptions = {
  /** The API's base URL: the address is asked of the same host that the token talks to. */
  readonly baseUrl: string
  readonly deadline?: Duration
}

/**
 * The address from which Cloudflare sees this machine in one family (`/cdn-cgi/trace`).
 *
 * `known` is what was said, by the host that was asked and without WARP; whether it can be the home's is
 * for others to judge. Never `absent`: an outage looks the same as a family that is not there.
 */
export async function traceAddress(
  family: Family,
  options: TraceOptions,
  signal: AbortSignal,
): Promise<Fact<Address>> {
  const url = new URL('/cdn-cgi/trace', options.baseUrl)
  const word = family === 'ipv4' ? 'IPv4' : 'IPv6'
  const literal = addressOf(url.hostname.replace(/^\[|\]$/g, ''))
  if (literal && literal.family !== family) return unknown(`${url.hostname} has no ${word}`)
  try {
    return judge(await get(url, family, options.deadline ?? usual, signal), url.hostname, family)
  } catch (error) {
    signal.throwIfAborted()
    return unknown(`the public ${word} address could not be asked for (${reasonOf(error)})`)
  }
}

/** The country from which this machine is seen to come (ISO 3166-1 alpha-2); `undefined` where that is not known. */
export async function traceCountry(
  baseUrl: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const text = await get(new URL('/cdn-cgi/trace', baseUrl), 'ipv4', usual, signal)
    const country = fieldsOf(text).get('loc') ?? ''
    // XX is an unknown one, T1 is Tor.
    return /^[A-Z]{2}$/.test(country) && country !== 'XX' ? country : undefined
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

function judge(text: string, host: string, family: Family): Fact<Address> {
  const fields = fieldsOf(text)
  const address = addressOf(fields.get('ip') ?? '')
  if (fields.get('h')?.replace(/:\d+$/, '') !== host || !address || address.family !== family)
    return unknown('the answer of cdn-cgi/trace is not one')
  const warp = fields.get('warp')
  return warp === undefined || warp === 'off'
    ? known(address)
    : unknown('WARP is on, which hides the address of the home')
}

const fieldsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

async function get(
  url: URL,
  family: Family,
  deadline: Duration,
  signal: AbortSignal,
): Promise<string> {
  const bounds = { deadline, maxBytes: 10_000, family: family === 'ipv4' ? 4 : 6 }
  const { status, text } = await exchange(url, {}, bounds, signal)
  if (status === 200) return text
  throw new Error(`status ${status}`)
}
