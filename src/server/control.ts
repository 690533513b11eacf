import { chmod, unlink } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'

import { Problem } from '../core/problem.ts'

/** What is asked of the keeper by others on this machine, and what they are answered. */
export type Control = {
  /** By path; each makes its answer at that moment. */
  readonly reads: Readonly<Record<string, () => { readonly type: string; readonly body: string }>>
  /** By path: what is told line by line as it happens, until either side ends it. */
  readonly streams?: Readonly<Record<string, Stream>>
  /** By path: things to do, done with POST. */
  readonly acts: Readonly<Record<string, () => void>>
}

/** Undefined where what the query asks for makes no sense. */
type Stream = (
  query: URLSearchParams,
  say: (line: string) => void,
  end: () => void,
) => Disposable | undefined

/** A socket's path must fit into `sun_path` with its final NUL (unix(7): 108 bytes). */
const longestPath = 107

/**
 * Answers on a socket in the data folder: whoever may write there owns the house anyway, and nobody else reaches it.
 * A socket that a killed keeper left behind is replaced; one that is alive is not.
 *
 * Throws Problem `control/…`.
 */
export async function startControl(path: string, control: Control): Promise<AsyncDisposable> {
  if (Buffer.byteLength(path) > longestPath)
    throw new Problem('control/path-too-long', `the path of ${path} is too long for a socket`, {
      hint: 'choose a data folder with a shorter path; until then `gatehouse status` cannot ask the keeper',
    })
  if (await isAlive(path))
    throw new Problem('control/taken', `another keeper answers at ${path}`, {
      hint: 'stop it, or give this one another data folder',
    })
  await unlink(path).catch(() => undefined)
  const server = await listening(control, { path })
  await chmod(path, 0o600)
  return closing(server)
}

/** Answers reads alone, for a Prometheus that comes by TCP. */
export const startReading = async (
  reads: Control['reads'],
  place: { readonly host: string; readonly port: number },
): Promise<AsyncDisposable> => closing(await listening({ reads, acts: {} }, place))

const closing = (server: Server): AsyncDisposable => ({
  [Symbol.asyncDispose]: () =>
    new Promise((done) => {
      server.close(() => done())
      server.closeAllConnections()
    }),
})

function listening(
  control: Control,
  place: { readonly path: string } | { readonly host: string; readonly port: number },
): Promise<Server> {
  return new Promise((done, fail) => {
    const server = createServer((request, response) => answer(control, request, response))
    server.once('error', fail)
    server.listen(place, () => done(server))
    // A keeper that is done does not stay for those who may still ask.
    server.unref()
  })
}

function answer(
  { reads, streams = {}, acts }: Control,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const read = Object.hasOwn(reads, path) ? reads[path] : undefined
  const act = Object.hasOwn(acts, path) ? acts[path] : undefined
  const stream = Object.hasOwn(streams, path) ? streams[path] : undefined
  if (stream && request.method === 'GET') {
    tell(stream, new URLSearchParams(query), response)
    return
  }
  if (read && request.method === 'GET') {
    const { type, body } = read()
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
  } else if (act && request.method === 'POST') {
    act()
    response.writeHead(202).end()
  } else response.writeHead(read || act || stream ? 405 : 404).end()
}

function tell(stream: Stream, query: URLSearchParams, response: ServerResponse): void {
  const told = stream(
    query,
    (line) => void response.write(`${line}\n`),
    () => void response.end(),
  )
  if (!told) {
    response.writeHead(400).end()
    return
  }
  response.on('close', () => told[Symbol.dispose]())
  response.writeHead(200, { 'content-type': 'application/x-ndjson' }).flushHeaders()
}

const isAlive = (path: string): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(path)
    const say = (alive: boolean) => () => {
      socket.destroy()
      done(alive)
    }
    socket.once('connect', say(true))
    socket.once('error', say(false))
  })
