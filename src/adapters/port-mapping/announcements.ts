import { createSocket } from 'node:dgram'

import { errorCode } from '../../core/problem.ts'
import { readNatPmp } from './nat-pmp.ts'
import { readPcp } from './pcp.ts'

/** Where routers announce a change to everybody at home (RFC 6886 section 3.2.1, RFC 6887 section 14.1). */
export const announcementPort = 5350
const everybody = '224.0.0.1'

export type Listening = {
  /** False where somebody else has the port for themselves, or where there is no multicast. */
  readonly listens: boolean
  readonly because?: string
  close(): void
}

/**
 * Calls `heard` when the router announces something. Only datagrams from its own address count, and what
 * they say is not handed on: an announcement can carry the address from before (seen with miniupnpd 2.3).
 */
export function listenToAnnouncements(
  router: string,
  heard: () => void,
  port = announcementPort,
): Promise<Listening> {
  return new Promise((resolve) => {
    // Others of this machine may listen too, and each gets the multicast.
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    const close = () => {
      socket.removeAllListeners().on('error', () => undefined)
      socket.close()
    }
    socket.once('error', (error) => {
      close()
      resolve({
        listens: false,
        because: errorCode(error) ?? error.message,
        close: () => undefined,
      })
    })
    socket.on('message', (bytes, from) => {
      if (from.address === router && (readNatPmp(bytes) ?? readPcp(bytes))) heard()
    })
    socket.bind(port, () => {
      try {
        // Every interface belongs to this group (RFC 1112 section 4); saying so names the right one.
        socket.addMembership(everybody)
      } catch {
        // Without a route for multicast the kernel refuses; what comes for everybody still arrives.
      }
      socket.removeAllListeners('error').on('error', () => undefined)
      resolve({ listens: true, close })
    })
  })
}
