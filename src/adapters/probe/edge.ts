import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { randomBytes } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { z } from 'zod'

import { errorCode, reasonOf } from '../../core/problem.ts'

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
  readonly headers: IncomingMessage['headers']
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

const deadlineMs = 15_000
const maxBytes = 500_000

/** Asks as a visitor would: the certificate has to be publicly valid for the name, or it is a failure. */
export function askEdge(
  { address, port, name, path, secure, headers }: EdgeRequest,
  signal: AbortSignal,
): Promise<EdgeAnswer | EdgeFailure> {
  const started = performance.now()
  const elapsed = () => Math.round(performance.now() - started)
  return new Promise((resolve) => {
    const host = `${name}${port === (secure ? 443 : 80) ? '' : `:${port}`}`
    const options = {
      host: address,
      port,
      path,
      servername: name,
      headers: { host, 'user-agent': 'gatehouse-verify', ...headers },
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    }
    let certificate: EdgeAnswer['certificate']
    let protocol: string | undefined
    const receive = (response: IncomingMessage) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        if (text.length > maxBytes) response.destroy(new Error('an answer without an end'))
      })
      response.on('error', fail)
      response.on('end', () =>
        resolve({
          ms: elapsed(),
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          certificate,
          protocol,
          edgeError: edgeErrorIn(response, text),
        }),
      )
    }
    const fail = (error: Error) =>
      resolve({
        ms: elapsed(),
        failed: wording(error),
        certificateProblem: isAboutCertificate(error),
      })
    const request = secure ? httpsRequest(options, receive) : httpRequest(options, receive)
    request.on('socket', (socket) => {
      socket.on('secureConnect', () => {
        if (!isTls(socket)) return
        const found = socket.getPeerX509Certificate()
        protocol = socket.getProtocol() ?? undefined
        certificate = found && {
          fingerprint: found.fingerprint256,
          issuer: found.issuer.replaceAll('\n', ', '),
          names: found.subjectAltName ?? '',
          notAfter: found.validToDate,
        }
      })
    })
    request.on('error', fail)
    request.end()
  })
}

const edgeErrorBody = z.object({ error_code: z.number().int(), error_category: z.string() })

/** Since March 2026 the edge says its own errors as JSON to whoever accepts it (changelog, "RFC 9457 errors"). */
function edgeErrorIn({ headers, statusCode = 0 }: IncomingMessage, text: string) {
  if (statusCode < 400 || headers['server'] !== 'cloudflare') return undefined
  try {
    const parsed = edgeErrorBody.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data.error_code : undefined
  } catch {
    return undefined
  }
}

const isTls = (socket: object): socket is TLSSocket => 'getPeerX509Certificate' in socket

const isAboutCertificate = (error: Error): boolean =>
  /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO/.test(errorCode(error) ?? '')

function wording(error: Error): string {
  const code = errorCode(error)
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return `nothing within ${deadlineMs / 1000} s`
  return code === 'ECONNREFUSED' ? 'connection refused' : reasonOf(error)
}

/**
 * Opens a WebSocket to the name and returns its first text frame. Home Assistant speaks first
 * (`auth_required`), so nothing has to be sent, and no sign-in fails.
 */
export function firstFrame(
  { address, port, name, path, secure, headers }: EdgeRequest,
  signal: AbortSignal,
): Promise<{ readonly ms: number; readonly frame: string } | EdgeFailure> {
  const started = performance.now()
  const elapsed = () => Math.round(performance.now() - started)
  return new Promise((resolve) => {
    const fail = (failed: string) => resolve({ ms: elapsed(), failed, certificateProblem: false })
    const send = secure ? httpsRequest : httpRequest
    const request = send({
      host: address,
      port,
      path,
      servername: name,
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
      headers: {
        host: `${name}${port === (secure ? 443 : 80) ? '' : `:${port}`}`,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
        ...headers,
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
