import { createSocket } from 'node:dgram'

import { milliseconds } from '../../core/duration.ts'
import { locationIn, searches, ssdpGroup } from './ssdp.ts'

/** The questions say "within a second" (MX); a fifth of one for the way there and back. */
const patience = milliseconds(1200)

/**
 * Where the router describes itself: asked by multicast, as devices expect it, and directly, which also
 * gets out of a container. Whoever else answers is not heard. `undefined` where nothing came.
 */
export function findDescription(
  asked: { readonly router: string; readonly port: number; readonly multicast: boolean },
  signal: AbortSignal,
): Promise<URL | undefined> {
  const { router, port, multicast } = asked
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    const finish = (found?: URL) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      socket.removeAllListeners().on('error', () => undefined)
      socket.close()
      resolve(found)
    }
    const stop = () => finish()
    const timer = setTimeout(stop, patience)
    signal.addEventListener('abort', stop)
    socket.on('error', () => undefined)
    socket.on('message', (answer, from) => {
      if (from.address !== router) return
      const location = locationIn(answer, router)
      if (location) finish(location)
    })
    // A network without multicast refuses the one; the other may get through.
    const ignore = () => undefined
    socket.bind(() => {
      for (const question of searches())
        for (const to of [router, ...(multicast ? [ssdpGroup] : [])])
          socket.send(question, port, to, ignore)
    })
  })
}
