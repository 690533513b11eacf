import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

import { getRequestListener } from '@hono/node-server'

import { addressOf } from '../core/address.ts'
import { localApp } from './app.ts'
import type { Panel } from './panel.ts'
import type { Door } from './visitor.ts'

export type LocalServerOptions = {
  readonly listen: { readonly host: string; readonly port: number }
  readonly door: Door
  /** Names under which the page may be asked for, besides addresses and `localhost`. Not looked at behind ingress. */
  readonly hosts: readonly string[]
  readonly version: string
  readonly panel: Panel
  readonly now: () => Date
}

export type LocalServer = AsyncDisposable & { readonly url: string }

/** The page and the JSON API of one home. Rejects as `listen` does when the place is taken. */
export async function startLocalServer(options: LocalServerOptions): Promise<LocalServer> {
  const answer = getRequestListener(localApp(options).fetch)
  const server = createServer((request, response) => void answer(request, response))
  server.headersTimeout = 10_000
  server.requestTimeout = 20_000
  server.maxConnections = 200
  const { door } = options
  if (door.is === 'ingress')
    server.prependListener('connection', (socket: Socket) => {
      if (addressOf(socket.remoteAddress ?? '')?.text !== door.from.text) socket.destroy()
    })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.listen, resolve)
  })
  // A listener on a host and a port has an address of this shape.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  const { address, port } = server.address() as AddressInfo
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
