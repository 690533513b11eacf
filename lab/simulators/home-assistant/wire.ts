import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { TLSSocket } from 'node:tls'

import { WebSocket, type RawData } from 'ws'
import { z } from 'zod'

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** What was served, over TLS. */
  readonly certificate: { readonly fingerprint: string; readonly issuer: string } | undefined
}

type Ask = {
  /** A header given several values is sent several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** The address to come from. */
  readonly from?: string
  readonly method?: string
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>>
}

/** One request as it is, over a connection of its own: nothing is followed, added or unpacked; over TLS anything is taken. */
export function ask(url: string, path: string, how: Ask = {}): Promise<Answer> {
  const body =
    how.json === undefined
      ? how.form && new URLSearchParams(how.form).toString()
      : JSON.stringify(how.json)
  const type = how.json === undefined ? 'application/x-www-form-urlencoded' : 'application/json'
  return new Promise((done, fail) => {
    const request = url.startsWith('https:') ? httpsRequest : httpRequest
    const sent = request(
      new URL(path, url),
      {
        agent: false,
        rejectUnauthorized: false,
        method: how.method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          ...(body === undefined ? {} : { 'content-type': type }),
          ...(how.headers as Record<string, string | string[]> | undefined),
        },
        ...(how.from === undefined ? {} : { localAddress: how.from }),
        timeout: 20_000,
      },
      (response) => {
        let text = ''
        const seen =
          'getPeerX509Certificate' in response.socket ? peerOf(response.socket) : undefined
        const certificate = seen && { fingerprint: seen.fingerprint256, issuer: seen.issuer }
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, headers: response.headers, text, certificate }),
        )
        response.on('error', fail)
      },
    )
    sent.on('upgrade', (response, socket, head) => {
      socket.destroy()
      done({
        status: 101,
        headers: response.headers,
        text: head.toString(),
        certificate: undefined,
      })
    })
    sent.on('timeout', () => sent.destroy(new Error(`${path}: no answer`)))
    sent.on('error', fail)
    sent.end(body)
  })
}

const peerOf = (socket: object) => (socket as TLSSocket).getPeerX509Certificate()

const frame = z.object({
  id: z.number().optional(),
  type: z.string(),
  ha_version: z.string().optional(),
  success: z.boolean().optional(),
  result: z.unknown().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
})
type Frame = z.output<typeof frame>

export type Reply = { readonly result: unknown } | { readonly code: string; readonly says: string }

export type Conversation = {
  /** What was said before the first command. */
  readonly greeting: readonly Frame[]
  command(command: { readonly type: string; readonly [key: string]: unknown }): Promise<Reply>
  close(): void
}

/** Signs in on the WebSocket API and talks; a refused token ends in a greeting with `auth_invalid`. */
export function converse(url: string, token: string): Promise<Conversation> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/websocket`, {
    rejectUnauthorized: false,
  })
  const greeting: Frame[] = []
  const waiting = new Map<number, { heard: (reply: Frame) => void; fail: (error: Error) => void }>()
  let id = 0
  const conversation: Conversation = {
    greeting,
    close: () => socket.close(),
    command: (command) =>
      new Promise((done, fail) => {
        waiting.set(++id, {
          heard: (reply) =>
            done(
              reply.success === true
                ? { result: reply.result }
                : { code: reply.error?.code ?? '', says: reply.error?.message ?? '' },
            ),
          fail,
        })
        socket.send(JSON.stringify({ ...command, id }))
      }),
  }
  return new Promise((done, fail) => {
    socket.on('error', () => fail(new Error('the WebSocket did not open')))
    socket.on('close', () => {
      fail(new Error('the WebSocket closed'))
      for (const { fail: cutOff } of waiting.values()) cutOff(new Error('cut off'))
    })
    socket.on('message', (data: RawData) => {
      const read = frame.parse(JSON.parse(String(data)))
      if (read.id !== undefined) return waiting.get(read.id)?.heard(read)
      greeting.push(read)
      if (read.type === 'auth_required')
        socket.send(JSON.stringify({ type: 'auth', access_token: token }))
      else done(conversation)
    })
  })
}
