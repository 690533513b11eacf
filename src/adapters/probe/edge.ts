import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { z } from 'zod'

import { describeDuration, seconds } from '../../core/duration.ts'
import { jsonOf } from '../../core/json.ts'
import { errorCode, reasonOf } from '../../core/problem.ts'
import { exchange } from '../http/exchange.ts'

/** A request to the name at one address of the edge: the address and the name are pinned. */
export type EdgeRequest = {
  readonly address: string
  readonly port: number
  readonly name: string
  readonly path: string
  readonly secure: boolean
  readonly headers?: Readonly<Record<string, string>>
}

export type EdgeAnswer = {
  readonly ms: number
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
  readonly certificate:
    | {
        readonly fingerprint: string
        readonly issuer: string
        readonly names: string
        readonly notAfter: Date
      }
    | undefined
  readonly protocol: string | undefined
  /** The number of an error that the edge made itself (RFC 9457); `undefined`: something behind it answered. */
  readonly edgeError: number | undefined
}

export type EdgeFailure = {
  readonly ms: number
  readonly failed: string
  readonly certificateProblem: boolean
  /** What was answered instead, where a WebSocket was asked for. */
  readonly status?: number
}

const deadline = seconds(15)
const maxBytes = 500_000

/** Asks as a visitor would: the certificate has to be publicly valid for the name, or it is a failure. */
export async function askEdge(
  asked: EdgeRequest,
  signal: AbortSignal,
): Promise<EdgeAnswer | EdgeFailure> {
  const started = performance.now()
  const elapsed = () => Math.round(performance.now() - started)
  const { address, port, name, path, secure } = asked
  let certificate: EdgeAnswer['certificate']
  let protocol: string | undefined
  const look = (socket: Socket): void => {
    if (!(socket instanceof TLSSocket)) return
    const found = socket.getPeerX509Certificate()
    protocol = socket.getProtocol() ?? undefined
    certificate = found && {
      fingerprint: found.fingerprint256,
      issuer: found.issuer.replaceAll('\n', ', '),
      names: found.subjectAltName ?? '',
      notAfter: found.validToDate,
    }
  }
  try {
    const { status, headers, text } = await exchange(
      new URL(`${secure ? 'https' : 'http'}://${name}${path}`),
      { headers: headersOf(asked) },
      { deadline, maxBytes, hostname: address, port, servername: name, look },
      signal,
    )
    const edgeError = edgeErrorIn(status, headers, text)
    return { ms: elapsed(), status, headers, text, certificate, protocol, edgeError }
  } catch (error) {
    const certificateProblem = isAboutCertificate(error)
    return { ms: elapsed(), failed: wording(error), certificateProblem }
  }
}

const headersOf = ({ name, port, secure, headers }: EdgeRequest): Record<string, string> => ({
  host: `${name}${port === (secure ? 443 : 80) ? '' : `:${port}`}`,
  'user-agent': 'gatehouse-verify',
  ...headers,
})

const edgeErrorBody = z.object({ error_code: z.number().int(), error_category: z.string() })

/** Since March 2026 the edge says its own errors as JSON to whoever accepts it (changelog, "RFC 9457 errors"). */
function edgeErrorIn(
  status: number,
  headers: EdgeAnswer['headers'],
  text: string,
): number | undefined {
  if (status < 400 || headers.get('server') !== 'cloudflare') return undefined
  const parsed = edgeErrorBody.safeParse(jsonOf(text))
  return parsed.success ? parsed.data.error_code : undefined
}

const isAboutCertificate = (error: unknown): boolean =>
  /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO/.test(errorCode(error) ?? '')

function wording(error: unknown): string {
  if (error instanceof Error && ['TimeoutError', 'AbortError'].includes(error.name))
    return `nothing within ${describeDuration(deadline)}`
  return errorCode(error) === 'ECONNREFUSED' ? 'connection refused' : reasonOf(error)
}

/**
 * Opens a WebSocket to the name and returns its first text frame. Home Assistant speaks first
 * (`auth_required`), so nothing has to be sent, and no sign-in fails.
 */
export function firstFrame(
  asked: EdgeRequest,
  signal: AbortSignal,
): Promise<{ readonly ms: number; readonly frame: string } | EdgeFailure> {
  const started = performance.now()
  const elapsed = () => Math.round(performance.now() - started)
  return new Promise((resolve) => {
    const fail = (failed: string) => resolve({ ms: elapsed(), failed, certificateProblem: false })
    const send = asked.secure ? httpsRequest : httpRequest
    const request = send({
      host: asked.address,
      port: asked.port,
      path: asked.path,
      servername: asked.name,
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadline)]),
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
        ...headersOf(asked),
      },
    })
    request.on('response', (response) => {
      response.resume()
      const status = response.statusCode ?? 0
      const failed = `${status} instead of a WebSocket`
      resolve({ ms: elapsed(), failed, certificateProblem: false, status })
    })
    request.on('error', (error) => fail(wording(error)))
    request.on('upgrade', (_response, socket, head: Buffer) => {
      let received = head
      const look = () => {
        const frame = textFrame(received)
        if (frame === undefined) return
        socket.destroy()
        resolve({ ms: elapsed(), frame })
      }
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk])
        if (received.length > maxBytes) socket.destroy()
        else look()
      })
      socket.on('error', (error) => fail(wording(error)))
      socket.on('close', () => fail('closed without a word'))
      look()
    })
    request.end()
  })
}

/** An unmasked, unfragmented text frame (RFC 6455 section 5.2), once it is whole. */
function textFrame(bytes: Buffer): string | undefined {
  if (bytes.length < 2 || bytes[0] !== 0x81) return undefined
  const short = (bytes[1] ?? 0) & 0x7f
  const [start, length] =
    short < 126
      ? [2, short]
      : short === 126 && bytes.length >= 4
        ? [4, bytes.readUInt16BE(2)]
        : [2, Number.POSITIVE_INFINITY]
  return bytes.length >= start + length
    ? bytes.subarray(start, start + length).toString('utf8')
    : undefined
}
