import { WebSocket, type RawData } from 'ws'
import { z } from 'zod'

import { milliseconds } from '../../core/duration.ts'
import { Problem, reasonOf } from '../../core/problem.ts'
import type { Secret } from '../../core/secret.ts'
import { Late } from '../http/exchange.ts'
import { agentFor, mustBeOurs, type Place } from './place.ts'
import { notReached } from './probe.ts'

const message = z.object({
  id: z.number().optional(),
  type: z.string(),
  success: z.boolean().optional(),
  result: z.unknown().optional(),
  error: z.object({ code: z.coerce.string(), message: z.string().catch('') }).nullish(),
})
type Message = z.output<typeof message>

/** Home Assistant understood a command and refused it. */
export class CommandRefused extends Problem {
  /** `unknown_command`, `not_allowed`, `not_running`, … */
  readonly reason: string
  /** In its own words. */
  readonly said: string
  constructor(command: string, reason: string, said: string) {
    super('home-assistant/refused', `Home Assistant refused ${command}: ${said} (${reason})`)
    this.reason = reason
    this.said = said
  }
}

export type Session = AsyncDisposable & {
  /** Fulfilled when the connection is over, whoever ended it: Home Assistant restarts, say. */
  readonly ended: Promise<void>
  /** Sends one command and returns its result. Throws CommandRefused, or Problem `home-assistant/not-reached`. */
  command<T>(
    command: { readonly type: string; readonly [key: string]: unknown },
    schema: z.ZodType<T>,
    atMostMs?: number,
  ): Promise<T>
}

const deadlineMs = 10_000
const maxBytes = 4_000_000

/**
 * A session on the WebSocket API, signed in with the token. A wrong token would make Home Assistant
 * tell its owner about a failed sign-in, so it is tried once and never again by itself.
 */
export async function openSession(
  place: Place,
  token: Secret,
  signal: AbortSignal,
): Promise<Session> {
  const { url } = place
  const agent = agentFor(place)
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/websocket`, {
    ...(agent === false ? {} : { agent }),
    handshakeTimeout: deadlineMs,
    maxPayload: maxBytes,
    perMessageDeflate: false,
  })
  const waiting = new Map<
    number,
    { done: (value: unknown) => void; fail: (error: unknown) => void; command: string }
  >()
  let over: unknown
  const finish = (because: unknown): void => {
    over ??= because
    for (const { fail } of waiting.values()) fail(over)
    waiting.clear()
  }
  const stop = (): void => {
    finish(signal.reason)
    socket.terminate()
  }
  signal.addEventListener('abort', stop)
  const ended = new Promise<void>((done) => {
    socket.on('error', (error) => finish(notReached(url, error)))
    socket.on('close', () => {
      signal.removeEventListener('abort', stop)
      finish(brokenOff(url))
      done()
    })
  })

  const settle = ({ id, success, result, error }: Message): void => {
    const asked = waiting.get(id ?? -1)
    waiting.delete(id ?? -1)
    if (success === true) asked?.done(result)
    else
      asked?.fail(new CommandRefused(asked.command, error?.code ?? 'unknown', error?.message ?? ''))
  }
  /** Waits for the answer with this id; 0 stands for the signing in. */
  const answer = async (id: number, command: string, atMostMs: number): Promise<unknown> => {
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<unknown>((done, fail) => {
        if (over !== undefined) return fail(over)
        waiting.set(id, { done, fail, command })
        timer = setTimeout(() => fail(notReached(url, new Late(milliseconds(atMostMs)))), atMostMs)
      })
    } finally {
      clearTimeout(timer)
      waiting.delete(id)
    }
  }

  let transport: unknown
  socket.on('upgrade', (response) => (transport = response.socket))
  socket.on('message', (data) => {
    const read = readMessage(data)
    if (read === undefined) return finish(notReached(url, 'it does not speak as it should'))
    if (read.type === 'auth_required') return void introduce()
    if (read.type === 'auth_ok') return waiting.get(0)?.done(undefined)
    if (read.type === 'auth_invalid') return finish(tokenRefused())
    settle(read)
  })
  const introduce = async (): Promise<void> => {
    try {
      await mustBeOurs(place, transport)
      socket.send(JSON.stringify({ type: 'auth', access_token: token.reveal() }))
    } catch (error) {
      finish(error)
    }
  }

  try {
    await answer(0, 'auth', deadlineMs)
  } catch (error) {
    socket.terminate()
    signal.throwIfAborted()
    throw error
  }
  let lastId = 0
  return {
    ended,
    async command(command, schema, atMostMs = deadlineMs) {
      const id = ++lastId
      const answered = answer(id, command.type, atMostMs)
      if (over === undefined) socket.send(JSON.stringify({ ...command, id }))
      return parse(schema, await answered, command.type)
    },
    [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', stop)
      finish(brokenOff(url))
      socket.close()
      return Promise.resolve()
    },
  }
}

/** `undefined` where this Home Assistant does not know the command. */
export async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof CommandRefused && error.reason === 'unknown_command') return undefined
    throw error
  }
}

const brokenOff = (url: string): Problem =>
  new Problem(
    'home-assistant/not-reached',
    `the connection to Home Assistant at ${url} broke off`,
    {
      hint: 'check that it runs and that home_assistant.url is right',
    },
  )

const tokenRefused = (): Problem =>
  new Problem('home-assistant/token-refused', 'Home Assistant refuses the access token', {
    hint: 'make a new one in Home Assistant (your profile, Security, Long-lived access tokens) and put it into home_assistant.token_file',
  })

function readMessage(data: RawData): Message | undefined {
  try {
    return message.parse(JSON.parse(Buffer.isBuffer(data) ? data.toString() : ''))
  } catch {
    return undefined
  }
}

function parse<T>(schema: z.ZodType<T>, result: unknown, command: string): T {
  const parsed = schema.safeParse(result)
  if (parsed.success) return parsed.data
  throw new Problem(
    'home-assistant/unexpected-answer',
    `Home Assistant answered ${command} with something else than known (${reasonOf(parsed.error.issues[0]?.path.join('.') ?? '')})`,
    {
      hint: 'it may be newer than this Gatehouse: look for an update',
    },
  )
}
