import { WebSocket } from 'ws'
import { z } from 'zod'

const anyMessage = z.looseObject({ type: z.string().optional(), id: z.number().optional() })

/**
 * The Supervisor's WebSocket before Home Assistant's (supervisor/api/proxy.py, 2026): the app signs in with its own token,
 * and the Supervisor signs in behind it with another. What belongs to the Supervisor is refused.
 */
export function proxyWebSocket(
  app: WebSocket,
  core: { readonly url: string; readonly token: string; readonly version: string },
  mayEnter: (token: string) => boolean,
): void {
  app.send(JSON.stringify({ type: 'auth_required', ha_version: core.version }))
  app.once('message', (data: Buffer) => {
    const { access_token: token } = z
      .looseObject({ access_token: z.string().catch('') })
      .parse(JSON.parse(data.toString()))
    if (!mayEnter(token)) {
      app.send(JSON.stringify({ type: 'auth_invalid', message: 'Invalid access' }))
      return app.close()
    }
    const behind = new WebSocket(`${core.url.replace(/^http/, 'ws')}/api/websocket`)
    let signedIn = false
    behind.on('message', (message: Buffer) => {
      if (signedIn) return app.send(message.toString())
      const { type } = anyMessage.parse(JSON.parse(message.toString()))
      if (type === 'auth_required')
        return behind.send(JSON.stringify({ type: 'auth', access_token: core.token }))
      signedIn = type === 'auth_ok'
      if (!signedIn) return app.close()
      app.send(JSON.stringify({ type: 'auth_ok', ha_version: core.version }))
    })
    app.on('message', (message: Buffer) => {
      const { type = '', id } = anyMessage.parse(JSON.parse(message.toString()))
      if (/^(?:supervisor|hassio)\//.test(type))
        app.send(
          JSON.stringify({
            id,
            type: 'result',
            success: false,
            error: { code: 'unauthorized', message: 'Unauthorized' },
          }),
        )
      else behind.send(message.toString())
    })
    behind.on('close', () => app.close())
    behind.on('error', () => app.close())
    app.on('close', () => behind.terminate())
    app.on('error', () => behind.terminate())
  })
}
