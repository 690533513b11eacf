import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

type Place = { readonly host: string; readonly port: number }

export type Listeners = {
  readonly addresses: readonly Place[]
  close(): Promise<void>
}

/** Listens on all of them, or on none: rejects with what the system says of the first that cannot be had. */
export async function listenOn(
  places: readonly Place[],
  accept: (socket: Socket) => void,
): Promise<Listeners> {
  const servers: Server[] = []
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(stop))
  }
  try {
    for (const place of places) servers.push(await listen(place, accept))
  } catch (error) {
    await close()
    throw error
  }
  return {
    addresses: servers.map((server) => {
      // A listener on a host and a port has an address of this shape.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
      const { address, port } = server.address() as AddressInfo
      return { host: address, port }
    }),
    close,
  }
}

function listen({ host, port }: Place, accept: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true, keepAlive: true }, accept)
    server.once('error', reject)
    server.listen({ host, port, ipv6Only: host.includes(':') }, () => resolve(server))
  })
}

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => void server.close(() => resolve()))
