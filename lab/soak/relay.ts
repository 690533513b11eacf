import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Stands before a server and can be as if it were not there. */
export type Relay = { readonly port: number; away(is: boolean): void; close(): Promise<void> }

export async function startRelay(to: number): Promise<Relay> {
  let isAway = false
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    if (isAway) {
      socket.resetAndDestroy()
      return
    }
    const onward = connect(to, '127.0.0.1')
    for (const each of [socket, onward]) {
      open.add(each)
      each.on('error', () => each.destroy())
      each.on('close', () => open.delete(each))
    }
    socket.pipe(onward).pipe(socket)
    socket.on('close', () => onward.destroy())
    onward.on('close', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // It is bound, so its address is one.
  const { port } = server.address() as AddressInfo
  const cut = () => {
    for (const socket of open) socket.destroy()
  }
  return {
    port,
    away(is) {
      isAway = is
      if (is) cut()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        cut()
      }),
  }
}
