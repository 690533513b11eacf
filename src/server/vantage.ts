import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

import { probePort } from '../adapters/probe/direct.ts'
import { addressOf } from '../core/address.ts'
import type { PortOutcome } from '../core/port-outcome.ts'
import { reasonOf } from '../core/problem.ts'
import type { Secret } from '../core/secret.ts'

/** What Cloudflare could connect to, and where people forwarded Home Assistant: nothing else is ever probed. */
export const probedPorts: readonly number[] = [
  80, 443, 2052, 2053, 2082, 2083, 2086, 2087, 2095, 2096, 8080, 8123, 8443, 8880,
]

const question = z.object({
  ports: z.array(z.number().int()).min(1).max(probedPorts.length),
  name: z.string().max(253).nullish(),
})

export type VantageReply = {
  /** Who asked, and who was probed: nobody else can be. */
  readonly you: string
  /** The address that the probes came from, as this machine knows it: behind NAT it is a private one. */
  readonly from: string | undefined
  readonly results: readonly { readonly port: number; readonly outcome: PortOutcome }[]
}

export type VantageOptions = {
  readonly listen: { readonly host: string; readonly port: number }
  /** The address that probes come from. */
  readonly from: string | undefined
  readonly token: Secret | undefined
  readonly now: () => Date
}

export type VantageService = { readonly url: string; close(): Promise<void> }

const perCallerMs = 1000
const maxBody = 4096
/** Of all callers together; each takes a connection for each port. */
const mostAtOnce = 20
/** A question takes twelve seconds where every port is filtered. */
const deadlineMs = 30_000

/**
 * A place outside from which a home can have itself probed. It probes the address that the request
 * came from and no other, so it cannot be turned against a third party; it returns no body of anything.
 */
export async function startVantage(options: VantageOptions): Promise<VantageService> {
  const lastAsked = new Map<string, number>()
  let atOnce = 0

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const caller = addressOf(request.socket.remoteAddress ?? '')
    const refuse = (status: number, says: string) => reply(response, status, { error: says })
    if (request.method === 'GET' && request.url === '/')
      return reply(response, 200, { service: 'gatehouse vantage' })
    if (request.method !== 'POST' || request.url !== '/probe' || !caller)
      return refuse(404, 'there is only POST /probe')
    if (!allowed(request, options.token)) return refuse(401, 'the token is missing or wrong')
    const now = options.now().getTime()
    if (now - (lastAsked.get(caller.text) ?? 0) < perCallerMs)
      return refuse(429, 'one question a second')
    if (lastAsked.size > 10_000) lastAsked.clear()
    lastAsked.set(caller.text, now)
    const asked = question.safeParse(await bodyOf(request))
    if (!asked.success || asked.data.ports.some((port) => !probedPorts.includes(port)))
      return refuse(400, 'only the ports of a home behind Cloudflare are probed')
    if (atOnce >= mostAtOnce) return refuse(503, 'too many homes ask at once')
    atOnce++
    try {
      reply(response, 200, await answer(caller.text, asked.data, request, options))
    } catch (error) {
      // Half an answer would pass for a closed home.
      refuse(503, `the probes did not end (${reasonOf(error)})`)
    } finally {
      atOnce--
    }
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  server.headersTimeout = 10_000
  server.requestTimeout = 10_000
  server.maxConnections = 200
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.listen, resolve)
  })
  // A listener on a host and a port has an address of this shape.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  const { address, port } = server.address() as AddressInfo
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  you: string,
  asked: z.output<typeof question>,
  { socket }: IncomingMessage,
  { from }: VantageOptions,
): Promise<VantageReply> {
  const signal = AbortSignal.timeout(deadlineMs)
  const name = asked.name ?? undefined
  const probes = [...new Set(asked.ports)].map(async (port) => ({
    port,
    outcome: await probePort({ address: you, port, name, from }, signal),
  }))
  const results = (await Promise.all(probes)).toSorted((a, b) => a.port - b.port)
  return { you, from: from ?? addressOf(socket.localAddress ?? '')?.text, results }
}

function allowed(request: IncomingMessage, token: Secret | undefined): boolean {
  if (!token) return true
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token.reveal()}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 429 ? { 'retry-after': '1' } : {}),
  })
  response.end(`${JSON.stringify(body)}\n`)
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > maxBody) throw new Error('the question is too long')
  }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
