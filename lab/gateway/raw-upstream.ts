import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

import { llhttpOfRequests } from './fuzz/llhttp.ts'
import type { Meaning, Message } from './fuzz/meaning.ts'

export type RawUpstream = {
  readonly url: string
  /** Every byte that ever came, by connection. */
  readonly received: readonly Buffer[]
  /** The requests in them, as llhttp reads them. */
  requests(): readonly Message[]
  /** What llhttp could not read of what came; undefined where it understood everything. */
  complaint(): string | undefined
}

/**
 * Home Assistant, down to its bytes: what comes is kept as it came and read by somebody else's parser. Each request
 * that is whole is answered with `answer`, byte for byte.
 */
export async function rawUpstream(
  t: TestContext,
  answer: (request: Message, nth: number) => string | undefined = ({ method }) =>
    `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${method === 'HEAD' ? '' : 'ok'}`,
): Promise<RawUpstream> {
  const received: Buffer[] = []
  const meanings: Meaning[] = []
  const sockets = new Set<Socket>()
  let nth = 0
  const server = createServer((socket) => {
    const at = received.push(Buffer.alloc(0)) - 1
    meanings[at] = { messages: [], refused: undefined }
    let answered = 0
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      received[at] = Buffer.concat([received[at] ?? Buffer.alloc(0), chunk])
      meanings[at] = llhttpOfRequests(received[at])
      const whole = meanings[at].messages.filter((each) => each.whole)
      for (const request of whole.slice(answered)) {
        answered++
        const said = answer(request, nth++)
        if (said === undefined) socket.destroy()
        else socket.write(said, 'latin1')
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    requests: () => meanings.flatMap(({ messages }) => messages),
    complaint: () => meanings.find(({ refused }) => refused !== undefined)?.refused,
  }
}
