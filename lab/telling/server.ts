import { spawn, type ChildProcess } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Started = AsyncDisposable & {
  /** What it printed. */
  said(): string
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Starts somebody else's server and waits until the port takes connections. */
export async function startServer(
  command: readonly string[],
  port: number,
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Started> {
  const child = spawn(command[0] ?? '', command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  })
  let said = ''
  const hear = (chunk: Buffer): void => void (said += chunk.toString())
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const ended = new Promise<void>((done) => {
    child.once('error', (error) => {
      said += error.message
      done()
    })
    child.once('exit', () => done())
  })
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    child.kill(signal)
    const late = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(late)
  }
  for (let i = 0; !(await takesConnections(port)); i++) {
    if (i === 300 || isOver(child)) {
      await stop()
      throw new Error(`${command.join(' ')} does not listen on ${port}: ${said}`)
    }
    await sleep(100)
  }
  return { said: () => said, stop, [Symbol.asyncDispose]: () => stop() }
}

const isOver = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null

function takesConnections(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => (socket.destroy(), done(true)))
    socket.once('error', () => done(false))
  })
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}

/** Waits for what must come, at its own pace. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: () => string,
): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await holds()) return
    await sleep(100)
  }
  throw new Error(`it did not come: ${what()}`)
}
