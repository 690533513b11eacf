import { z } from 'zod'

import { Problem, reasonOf } from '../../core/problem.ts'
import type { Secret } from '../../core/secret.ts'

const message = z.object({
  id: z.number().optional(),
  type: z.string(),
  success: z.boolean().optional(),
  result: z.unknown().optional(),
  error: z.object({ code: z.coerce.string(), message: z.string().catch('') }).nullish(),
})

/** Home Assistant understood a command and refused it. */
export class CommandRefused extends Problem {
  /** `unknown_command`, `not_allowed`, `not_running`, … */
  readonly reason: string
  constructor(command: string, reason: string, says: string) {
    super('home-assistant/refused', `Home Assistant refused ${command}: ${says} (${reason})`)
    this.reason = reason
  }
}

export type Session = AsyncDisposable & {
  /** Fulfilled when the connection is over, whoever ended it: Home Assistant restarts, say. */
  readonly ended: Promise<void>
  /** Sends one command and returns its result. Throws CommandRefused, or Problem `home-assistant/not-reached`. */
  command<T>(
    command: { readonly type: string; readonly [key: string]: unknown },
    schema: z.ZodType<T>,
  ): Promise<T>
}

const deadlineMs = 10_000

/**
 * A session on the WebSocket API, signed in with the token. A wrong token would make Home Assistant
 * tell its owner about a failed sign-in, so it is tried once and never again by itself.
 */
export async function openSession(
  url: string,
  token: Secret,
  signal: AbortSignal,
): Promise<Session> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/websocket`)
  const waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: unknown) => void; command: string }
  >()
  let closed: Problem | undefined
  const fail = (because: string) => {
    closed ??= new Problem(
      'home-assistant/not-reached',
      `the connection to Home Assistant at ${url} broke off (${because})`,
      { hint: 'check that it runs and that home_assistant.url is right' },
    )
    for (const { reject } of waiting.values()) reject(closed)
    waiting.clear()
  }
  const stop = () => {
    fail('stopped')
    socket.close()
  }
  signal.addEventListener('abort', stop)
  const ended = new Promise<void>((resolve) => {
    socket.addEventListener('close', () => {
      fail('closed')
      resolve()
    })
  })

  const timer = setTimeout(() => {
    fail('no answer in time')
    socket.close()
  }, deadlineMs)
  await new Promise<void>((resolve, reject) => {
    waiting.set(0, { resolve: () => resolve(), reject, command: 'auth' })
    socket.addEventListener('error', () => fail('refused'))
    socket.addEventListener('message', (event) => {
      const read = readMessage(event.data)
      if (read === undefined) return fail('it does not speak Home Assistant')
      if (read.type === 'auth_required')
        return socket.send(JSON.stringify({ type: 'auth', access_token: token.reveal() }))
      if (read.type === 'auth_ok') {
        waiting.delete(0)
        return resolve()
      }
      if (read.type === 'auth_invalid') {
        waiting.delete(0)
        return reject(
          new Problem('home-assistant/token-refused', 'Home Assistant refuses the access token', {
            hint: 'make a new one in Home Assistant (your profile, Security, Long-lived access tokens) and put it into home_assistant.token_file',
          }),
        )
      }
      settle(read)
    })
  })
    .catch((error: unknown) => {
      signal.removeEventListener('abort', stop)
      socket.close()
      throw error
    })
    .finally(() => clearTimeout(timer))

  function settle({ id, success, result, error }: z.output<typeof message>): void {
    const asked = waiting.get(id ?? -1)
    if (!asked) return
    waiting.delete(id ?? -1)
    if (success === true) asked.resolve(result)
    else
      asked.reject(
        new CommandRefused(asked.command, error?.code ?? 'unknown', error?.message ?? ''),
      )
  }

  let nextId = 1
  return {
    ended,
    async command(command, schema) {
      if (closed) throw closed
      const id = nextId++
      const timer = setTimeout(() => {
        waiting
          .get(id)
          ?.reject(
            new Problem(
              'home-assistant/not-reached',
              `Home Assistant did not answer ${command.type} in time`,
            ),
          )
        waiting.delete(id)
      }, deadlineMs)
      try {
        const result = await new Promise<unknown>((resolve, reject) => {
          waiting.set(id, { resolve, reject, command: command.type })
          socket.send(JSON.stringify({ ...command, id }))
        })
        return parse(schema, result, command.type)
      } finally {
        clearTimeout(timer)
      }
    },
    [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', stop)
      closed ??= new Problem('home-assistant/not-reached', 'the session is over')
      socket.close()
      return Promise.resolve()
    },
  }
}

function readMessage(data: unknown): z.output<typeof message> | undefined {
  try {
    return message.parse(JSON.parse(String(data)))
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
