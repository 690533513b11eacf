import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'

import { run, type Ran } from '../toolbox/run.ts'

/** A machine of the lab's world: a network namespace, with whatever runs in it. */
export type Host = {
  readonly name: string
  /** The file by which other programs find the namespace. */
  readonly path: string
  /** The command, run there. */
  inside(command: readonly string[]): string[]
  /** Runs it there to its end; 30 s at most unless told. */
  exec(command: readonly string[], how?: Parameters<typeof run>[1]): Promise<Ran>
  /** Starts it there; it ends with the lab at the latest. */
  start(command: readonly string[], how?: Start): ChildProcess
}

export type Start = {
  readonly env?: Readonly<Record<string, string>>
  readonly folder?: string
  readonly stdio?: StdioOptions
}

export type Namespaces = {
  readonly hosts: ReadonlyMap<string, Host>
  /** Ends what was started in them, by pid, and takes the namespaces and all their links away. */
  close(): Promise<void>
}

/** Namespaces of these names, made with `ip`. They carry our pid, so that two labs never meet and none outlives its process for long. */
export async function makeNamespaces(names: readonly string[]): Promise<Namespaces> {
  await sweep()
  const prefix = `gh${process.pid}-${++made}`
  const running = new Set<ChildProcess>()
  const place = (name: string): string => `${prefix}-${name}`
  await ip(names.flatMap((name) => [`netns add ${place(name)}`]))
  await Promise.all(
    names.map(async (name) => {
      await must(['ip', '-n', place(name), 'link', 'set', 'lo', 'up'])
    }),
  )
  const hostOf = (name: string): Host => {
    const inside = (command: readonly string[]): string[] => [
      'ip',
      'netns',
      'exec',
      place(name),
      ...command,
    ]
    return {
      name,
      path: `/run/netns/${place(name)}`,
      inside,
      exec: (command, how = {}) => run(inside(command), { seconds: 30, ...how }),
      start(command, how = {}) {
        const [program = '', ...rest] = inside(command)
        const child = spawn(program, rest, {
          env: { ...process.env, ...how.env },
          ...(how.folder === undefined ? {} : { cwd: how.folder }),
          stdio: how.stdio ?? ['ignore', 'ignore', 'inherit'],
        })
        running.add(child)
        child.once('exit', () => running.delete(child))
        return child
      },
    }
  }
  return {
    hosts: new Map(names.map((name) => [name, hostOf(name)])),
    async close() {
      await Promise.all([...running].map(end))
      await ip(names.map((name) => `netns delete ${place(name)}`))
    },
  }
}

let made = 0

/** A cable between two namespaces: the name of each end is the other host's. */
export async function cable(a: Host, b: Host): Promise<void> {
  await must([
    'ip',
    'link',
    'add',
    b.name,
    'netns',
    namespaceOf(a),
    'type',
    'veth',
    'peer',
    'name',
    a.name,
    'netns',
    namespaceOf(b),
  ])
  await configure(a, [`link set ${b.name} up`])
  await configure(b, [`link set ${a.name} up`])
}

const namespaceOf = (host: Host): string => host.inside([])[3] ?? ''

/** Lines for `ip -batch` inside the host. */
export async function configure(host: Host, lines: readonly string[]): Promise<void> {
  await ip(lines, namespaceOf(host))
}

async function ip(lines: readonly string[], namespace?: string): Promise<void> {
  const words = namespace === undefined ? [] : ['-n', namespace]
  const child = spawn('ip', [...words, '-batch', '-'], { stdio: ['pipe', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint += chunk
  })
  child.stdin.end(`${lines.join('\n')}\n`)
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`ip: ${complaint.trim()} (of: ${lines.join('; ')})`)
}

export async function must(command: readonly string[]): Promise<string> {
  const { code, text } = await run(command)
  if (code !== 0) throw new Error(`${command.join(' ')}: ${text.trim()}`)
  return text
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
  await gone
  clearTimeout(timer)
}

/** Takes away what labs left behind whose process is gone: a test that was killed cannot do it itself. */
async function sweep(): Promise<void> {
  const left = (await must(['ip', 'netns', 'list']))
    .split('\n')
    .map((line) => /^(gh(\d+)-\d+-\S+)/u.exec(line))
    .filter((match) => match !== null)
    .filter(([, , pid]) => !isAlive(Number(pid)))
  for (const [, name = ''] of left)
    await must(['ip', 'netns', 'delete', name]).catch(() => undefined)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
