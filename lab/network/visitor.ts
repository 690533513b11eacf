import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

import type { Visit, Visited } from './visit.ts'

// A visitor, run inside a namespace by `visit`: plain sockets, so that every byte that came back is counted.

const what = JSON.parse(process.argv[2] ?? '{}') as Visit
const {
  name,
  to,
  patience = 2,
  scheme = 'https',
  port = scheme === 'https' ? 443 : 80,
  path = '/',
} = what

async function main(): Promise<Visited> {
  const socket = connect({
    host: to,
    port,
    ...(what.from === undefined ? {} : { localAddress: what.from }),
    ...(what.fromPort === undefined ? {} : { localPort: what.fromPort }),
  })
  try {
    await within(socket, once(socket, 'connect'))
    const open = scheme === 'http' ? socket : await secured(socket)
    open.write(
      `GET ${path} HTTP/1.1\r\nhost: ${name}\r\ncf-connecting-ip: 198.51.100.130\r\nconnection: close\r\n\r\n`,
    )
    const chunks: Buffer[] = []
    open.on('data', (chunk: Buffer) => chunks.push(chunk))
    await within(open, once(open, 'end'))
    const text = Buffer.concat(chunks).toString('utf8')
    const status = Number(/^HTTP\/1\.1 (\d{3})/u.exec(text)?.[1])
    if (!status) return { error: 'closed without an answer', bytes: socket.bytesRead }
    return { status, body: text.slice(text.indexOf('\r\n\r\n') + 4), bytes: socket.bytesRead }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { error: code ?? message, bytes: socket.bytesRead }
  } finally {
    socket.destroy()
  }
}

async function secured(socket: Socket): Promise<Socket> {
  const secure = connectTls({
    socket,
    servername: name,
    ...(what.certificate === undefined
      ? {}
      : { cert: what.certificate.certificatePem, key: what.certificate.keyPem }),
    ...(what.roots === undefined ? { rejectUnauthorized: false } : { ca: what.roots }),
  })
  await within(secure, once(secure, 'secureConnect'))
  return secure
}

async function within(socket: Socket, event: Promise<unknown>): Promise<void> {
  const late = setTimeout(
    () => socket.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })),
    patience * 1000,
  )
  await event.finally(() => clearTimeout(late))
}

console.log(JSON.stringify(await main()))
