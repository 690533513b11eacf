import { connect, createServer, type Socket } from 'node:net'

import { z } from 'zod'

/** At which message of the client the connection breaks: before Home Assistant hears it, or after, so that the answer is lost. */
export type Moment = {
  readonly type: string
  /** The how-manieth of its type; 1 is the first. */
  readonly nth: number
  readonly when: 'before' | 'after'
}

export type CuttingProxy = AsyncDisposable & {
  readonly url: string
  /** The types of the messages that went through, in their order. */
  readonly said: string[]
  /** Breaks the connection once, at that moment, counted from now. Fulfilled when it happened. */
  cutAt(moment: Moment): Promise<void>
}

/** Between us and Home Assistant: understands as much of the WebSocket as it takes to break it at a message. */
export async function cuttingProxy(port: number): Promise<CuttingProxy> {
  const said: string[] = []
  const open = new Set<Socket>()
  let wanted: { moment: Moment; left: number; happened: () => void } | undefined

  const server = createServer((client) => {
    const home = connect(port, '127.0.0.1')
    const both = [client, home]
    let isMute = false
    const cut = (): void => {
      for (const socket of both) socket.destroy()
    }
    for (const socket of both) {
      open.add(socket)
      socket.on('error', cut)
      socket.on('close', () => {
        open.delete(socket)
        cut()
      })
    }
    home.on('data', (chunk) => {
      if (isMute) return cut()
      client.write(chunk)
    })
    const messages = messageReader()
    client.on('data', (chunk) => {
      for (const type of messages(chunk)) {
        said.push(type)
        if (wanted?.moment.type !== type || --wanted.left > 0) continue
        const { moment, happened } = wanted
        wanted = undefined
        happened()
        if (moment.when === 'before') return cut()
        isMute = true
      }
      home.write(chunk)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
  return {
    url: `http://127.0.0.1:${address.port}`,
    said,
    cutAt: (moment) => new Promise((happened) => (wanted = { moment, left: moment.nth, happened })),
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

const typed = z.object({ type: z.string() })

/** The types of the messages in what a client sends after its upgrade (RFC 6455 section 5.2: masked frames). */
function messageReader(): (chunk: Buffer) => string[] {
  let buffer = Buffer.alloc(0)
  let isUpgraded = false
  return (chunk) => {
    buffer = Buffer.concat([buffer, chunk])
    if (!isUpgraded) {
      const end = buffer.indexOf('\r\n\r\n')
      if (end < 0 || !/^upgrade: websocket/im.test(buffer.toString('latin1', 0, end))) return []
      isUpgraded = true
      buffer = buffer.subarray(end + 4)
    }
    const types: string[] = []
    for (let frame = frameIn(buffer); frame; frame = frameIn(buffer)) {
      buffer = buffer.subarray(frame.bytes)
      if (frame.opcode === 1) types.push(typed.parse(JSON.parse(frame.text)).type)
    }
    return types
  }
}

function frameIn(
  buffer: Buffer,
): { readonly opcode: number; readonly text: string; readonly bytes: number } | undefined {
  const short = (buffer[1] ?? 0) & 0x7f
  const head = short < 126 ? 2 : 4
  if (buffer.length < head + 4) return undefined
  const length = short < 126 ? short : buffer.readUInt16BE(2)
  const mask = buffer.subarray(head, head + 4)
  const bytes = head + 4 + length
  if (buffer.length < bytes) return undefined
  const content = buffer.subarray(head + 4, bytes).map((byte, i) => byte ^ (mask[i % 4] ?? 0))
  return { opcode: (buffer[0] ?? 0) & 0x0f, text: Buffer.from(content).toString(), bytes }
}
