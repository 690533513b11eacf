import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

import { addressOf, type Address, type Family } from '../../core/address.ts'
import { known, unknown, type Fact } from '../../core/fact.ts'
import { reasonOf } from '../../core/problem.ts'

export type TraceOptions = {
  /** The API's base URL: the address is asked of the same host that the token talks to. */
  readonly baseUrl: string
  readonly deadlineMs?: number
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
    return judge(await get(url, family, options.deadlineMs ?? 5000, signal), url.hostname, family)
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
    const text = await get(new URL('/cdn-cgi/trace', baseUrl), 'ipv4', 5000, signal)
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

function get(url: URL, family: Family, deadlineMs: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send(
      url,
      {
        family: family === 'ipv4' ? 4 : 6,
        agent: false,
        signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          if (text.length > 10_000) response.destroy(new Error('an answer without an end'))
        })
        response.on('end', () => {
          if (response.statusCode === 200) resolve(text)
          else reject(new Error(`status ${response.statusCode}`))
        })
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end()
  })
}
