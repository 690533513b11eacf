import { connect, createServer, type Socket } from 'node:net'

import type { World } from '../world/world.ts'

export type Mistake = { close(): Promise<void> }

/** Port 8123 of the home leads straight to Home Assistant, past Cloudflare and past Gatehouse. */
export async function forwardPlainHttp(world: World): Promise<Mistake> {
  const open = new Set<Socket>()
  const server = createServer((outside) => {
    const inside = connect({ host: '127.0.0.1', port: world.homeAssistant.port })
    open.add(outside)
    outside.on('close', () => open.delete(outside))
    outside.pipe(inside).pipe(outside)
    outside.on('error', () => inside.destroy())
    inside.on('error', () => outside.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(8123, world.addresses.home, resolve)
  })
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}
