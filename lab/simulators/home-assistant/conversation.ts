import type { WebSocket } from 'ws'
import { z } from 'zod'

import { command } from './commands.ts'
import { failedSignIn } from './sign-in.ts'
import { userOf, type State, type User } from './state.ts'

type With = {
  readonly visitor: string
  canBind(port: number): Promise<string | undefined>
  /** Looks again whether its configuration is valid. */
  validate(): Promise<void>
  restart(): void
}

const anyMessage = z.record(z.string(), z.unknown())

/** One conversation on the WebSocket API: Home Assistant speaks first. */
export function talk(
  socket: WebSocket,
  state: State,
  { visitor, canBind, validate, restart }: With,
): void {
  const send = (message: unknown) => socket.send(JSON.stringify(message))
  let user: User | undefined
  let lastId = 0
  send({ type: 'auth_required', ha_version: state.version })
  socket.on('error', () => socket.terminate())
  socket.on('message', (data: Buffer) => {
    const message = anyMessage.parse(JSON.parse(data.toString()))
    if (user === undefined) {
      user = signedIn(message)
      if (user !== undefined) return send({ type: 'auth_ok', ha_version: state.version })
      failedSignIn(state, visitor)
      send({ type: 'auth_invalid', message: 'Invalid access token or password' })
      return socket.close()
    }
    void reply(message, user)
  })

  const signedIn = (message: Record<string, unknown>): User | undefined =>
    message['type'] === 'auth' ? userOf(state, String(message['access_token'])) : undefined

  async function reply(message: Record<string, unknown>, asker: User): Promise<void> {
    const type = String(message['type'])
    const id = Number(message['id'])
    const { loseCommand, loseAnswerTo } = state.faults
    if (loseCommand.has(type)) return socket.terminate()
    const inOrder = id > lastId
    lastId = Math.max(lastId, id)
    await validate()
    const outcome = inOrder
      ? await command(state, asker, message, canBind)
      : { error: { code: 'id_reuse', message: 'Identifier values have to increase.' } }
    if (loseAnswerTo.has(type)) socket.terminate()
    else if ('error' in outcome) send({ id, type: 'result', success: false, error: outcome.error })
    else send({ id, type: 'result', success: true, result: outcome.result })
    // It checks its configuration before it restarts, whoever asked.
    if ('restart' in outcome && outcome.restart && state.configurationValid) restart()
  }
}
