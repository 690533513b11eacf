import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

import {
  addressOf,
  whyNotPublic,
  withinAny,
  type Address,
  type Family,
  type Range,
} from '../../core/address.ts'
import { absent, known, unknown, type Fact } from '../../core/fact.ts'
import { errorCode, reasonOf } from '../../core/problem.ts'

export type TraceOptions = {
  /** The API's base URL: the address is asked of the same host that the token talks to. */
  readonly baseUrl: string
  readonly edgeRanges: readonly Range[]
  readonly allowed: readonly Range[]
  readonly deadlineMs?: number
}

/**
 * The public address of this home in one family, as Cloudflare sees it (`/cdn-cgi/trace`).
 *
 * `absent`: this machine has no way out in that family. `unknown`: the answer cannot be the home's
 * address (a VPN, WARP, a shared or private address), or there was none.
 */
export async function traceAddress(
  family: Family,
  options: TraceOptions,
  signal: AbortSignal,
): Promise<Fact<Address>> {
  const url = new URL('/cdn-cgi/trace', options.baseUrl)
  const literal = addressOf(url.hostname.replace(/^\[|\]$/g, ''))
  if (literal && literal.family !== family) return absent
  try {
    const text = await get(url, family, options.deadlineMs ?? 5000, signal)
    return judge(text, url.hostname, family, options)
  } catch (error) {
    signal.throwIfAborted()
    if (noWayOut.has(errorCode(error) ?? '')) return absent
    return unknown(
      `the public ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address could not be asked for (${reasonOf(error)})`,
    )
  }
}

/**
 * What the system says where it has no address of the family. A name that was not found is not among
 * them: the resolver may be the one that failed, and `absent` takes the record away.
 */
const noWayOut: ReadonlySet<string> = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EHOSTUNREACH'])

function judge(
  text: string,
  host: string,
  family: Family,
  { edgeRanges, allowed }: TraceOptions,
): Fact<Address> {
  const fields = new Map(
    text
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  const address = addressOf(fields.get('ip') ?? '')
  if (fields.get('h')?.replace(/:\d+$/, '') !== host || !address || address.family !== family) {
    return unknown('the answer of cdn-cgi/trace is not one')
  }
  if (fields.get('warp') !== undefined && fields.get('warp') !== 'off')
    return unknown('WARP is on, which hides the address of the home')
  if (withinAny(address, edgeRanges))
    return unknown(
      `${address.text} belongs to Cloudflare: a VPN or a proxy hides the address of the home`,
    )
  const why = whyNotPublic(address, allowed)
  return why === undefined
    ? known(address)
    : unknown(`${address.text} cannot be reached from outside: ${why}`)
}

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
