import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

import { description } from './description.ts'

/**
 * A home router as far as it can be asked for its address: NAT-PMP, PCP and UPnP on their own ports at
 * an address of the loopback network, with every way of being wrong. The real miniupnpd holds it to
 * account in `lab/parts/miniupnpd.lab.test.ts`: the same client takes both for routers.
 */
export type SimulatedRouter = {
  readonly address: string
  /** What it says now; tests change it as they like. */
  readonly says: RouterSays
  /** How often it was asked, by what. */
  readonly asked: { natPmp: number; pcp: number; soap: number }
  readonly subscribers: ReadonlyMap<string, string>
  /** Announces by NAT-PMP to that address (a multicast group in a real home). */
  announce(external?: string, to?: { readonly host: string; readonly port: number }): void
  /** Sends every subscriber an event with this address. */
  notify(external?: string): Promise<void>
  close(): Promise<void>
}

export type RouterSays = {
  /** `undefined`: the provider is gone, it has none. */
  external: string | undefined
  /** Since when it counts, in ms of the epoch: a restart sets it. */
  began: number
  natPmp: 'answers' | 'silent' | 'unsupported' | 'junk'
  pcp: 'answers' | 'silent'
  upnp: 'answers' | 'silent' | 'junk' | 'huge' | 'elsewhere' | 'drips'
  igd: 1 | 2
}

export async function startRouter(
  address: string,
  says: Partial<RouterSays> = {},
): Promise<SimulatedRouter> {
  const now: RouterSays = {
    external: undefined,
    began: Date.now(),
    natPmp: 'answers',
    pcp: 'answers',
    upnp: 'answers',
    igd: 2,
    ...says,
  }
  const asked = { natPmp: 0, pcp: 0, soap: 0 }
  const subscribers = new Map<string, string>()
  const epoch = (): number => Math.floor((Date.now() - now.began) / 1000)

  const mapping = await bound(address, 5351, (bytes, answer) => {
    if (bytes[0] === 0 && bytes[1] === 0) {
      asked.natPmp++
      if (now.natPmp === 'answers') answer(natPmpAnswer(now.external, epoch()))
      if (now.natPmp === 'unsupported') answer(Buffer.from([0, 128, 0, 1, 0, 0, 0, 0]))
      if (now.natPmp === 'junk')
        for (const size of [0, 1, 11, 13, 1400]) answer(Buffer.alloc(size, 255))
    } else if (bytes[0] === 2) {
      asked.pcp++
      if (now.pcp === 'answers') answer(pcpAnswer(bytes[1] ?? 0, epoch()))
    }
  })
  const web = createServer((incoming, response) => {
    void serve(incoming, response).catch(() => response.destroy())
  })
  web.listen(0, address)
  await once(web, 'listening')
  const { port } = web.address() as AddressInfo
  const ssdp = await bound(address, 1900, (bytes, answer) => {
    if (now.upnp === 'silent' || !bytes.toString().startsWith('M-SEARCH')) return
    const where =
      now.upnp === 'elsewhere'
        ? 'http://192.0.2.99:5000/root.xml'
        : `http://${address}:${port}/root.xml`
    answer(Buffer.from(`HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLocation: ${where}\r\n\r\n`))
  })

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of incoming) body += String(chunk)
    if (now.upnp === 'huge') return void response.end('<service>'.repeat(1_000_000))
    if (now.upnp === 'junk') return void response.end('<html>Please log in</html>')
    if (now.upnp === 'drips') return void response.write('<')
    if (incoming.method === 'SUBSCRIBE') return subscribe(incoming, response)
    if (incoming.method === 'UNSUBSCRIBE') {
      subscribers.delete(String(incoming.headers['sid']))
      return void response.end()
    }
    if (incoming.method === 'GET') return void response.end(description(now.igd))
    asked.soap++
    response.end(soapAnswer(String(incoming.headers['soapaction']), now.external))
  }
  function subscribe(incoming: IncomingMessage, response: ServerResponse): void {
    const callback = /^<([^>]+)>$/u.exec(String(incoming.headers['callback'] ?? ''))?.[1]
    const sid = callback ? `uuid:${subscribers.size + 1}` : String(incoming.headers['sid'])
    if (!callback && !subscribers.has(sid)) return void response.writeHead(412).end()
    if (callback) subscribers.set(sid, callback)
    response.writeHead(200, { sid, timeout: 'Second-1800' }).end()
    // The state as it is comes at once, as an event of its own (UPnP Device Architecture 1.1, section 4.1).
    if (callback) void notifyOne(address, callback, sid, now.external)
  }

  return {
    address,
    says: now,
    asked,
    subscribers,
    announce(external = now.external, to = { host: '127.0.0.1', port: 5350 }) {
      mapping.send(natPmpAnswer(external, epoch()), to.port, to.host)
    },
    notify: async (external = now.external) =>
      void (await Promise.all(
        [...subscribers].map(([sid, callback]) => notifyOne(address, callback, sid, external)),
      )),
    async close() {
      mapping.close()
      ssdp.close()
      await closed(web)
    },
  }
}

async function bound(
  address: string,
  port: number,
  hear: (bytes: Buffer, answer: (bytes: Buffer) => void) => void,
): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.on('message', (bytes, from) =>
    hear(bytes, (answer) => socket.send(answer, from.port, from.address)),
  )
  socket.bind(port, address)
  await once(socket, 'listening')
  return socket
}

function natPmpAnswer(external: string | undefined, epoch: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes[1] = 128
  bytes.writeUInt16BE(external === undefined ? 3 : 0, 2)
  bytes.writeUInt32BE(epoch, 4)
  bytes.set((external ?? '0.0.0.0').split('.').map(Number), 8)
  return bytes
}

function pcpAnswer(opcode: number, epoch: number): Buffer {
  const bytes = Buffer.alloc(24)
  bytes[0] = 2
  bytes[1] = 128 | opcode
  bytes.writeUInt32BE(epoch, 8)
  return bytes
}

const soapAnswer = (action: string, external: string | undefined): string =>
  action.includes('GetExternalIPAddress')
    ? `<u:GetExternalIPAddressResponse><NewExternalIPAddress>${external ?? ''}</NewExternalIPAddress></u:GetExternalIPAddressResponse>`
    : `<NewConnectionStatus>${external === undefined ? 'Disconnected' : 'Connected'}</NewConnectionStatus>`

/** Events leave from the router's own address. */
async function notifyOne(
  from: string,
  callback: string,
  sid: string,
  external: string | undefined,
): Promise<void> {
  const sent = request(callback, {
    method: 'NOTIFY',
    localAddress: from,
    agent: false,
    headers: { nt: 'upnp:event', nts: 'upnp:propchange', sid, seq: '0' },
  })
  sent.end(
    `<e:propertyset><e:property><ExternalIPAddress>${external ?? '0.0.0.0'}</ExternalIPAddress></e:property></e:propertyset>`,
  )
  await once(sent, 'response').then(
    ([response]: IncomingMessage[]) => response?.resume(),
    () => undefined,
  )
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
