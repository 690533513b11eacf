import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

import { startWorld, type World } from '../parts/cloudflare-world.ts'
import { freePort } from '../telling/server.ts'
import { run } from '../toolbox/run.ts'
import { tool } from '../toolbox/tool.ts'
import { withFile } from '../toolbox/with-file.ts'
import { program } from '../world/program.ts'
import type { Benchmark } from './benchmark.ts'
import { shippedEnvironment } from './shipped.ts'
import { filesIn, usageOf, type Usage } from './footprint/usage.ts'
import { summarize } from './measure.ts'

/** What is idle: time to come to rest, then the time that is measured. Seconds. */
const windows = { long: { rest: 120, idle: 600 }, quick: { rest: 30, idle: 120 } }

type Running = { readonly name: string; readonly child: ChildProcess }
type Measured = { readonly pss: number; readonly cpu: number; readonly written: number }

export const benchmark: Benchmark = {
  says: 'the whole keeper with its gateway, idle, beside Caddy, ddclient and the timer of certbot together',
  cases: {
    pssMiB: { unit: 'MiB', better: 'lower' },
    cpuSecondsPerHour: { unit: 's', better: 'lower' },
    bytesWrittenPerHour: { unit: 'bytes', better: 'lower' },
  },
  async run({ quick, signal, progress }) {
    const { rest, idle } = quick ? windows.quick : windows.long
    const room = await mkdtemp(join(tmpdir(), 'gatehouse-footprint-'))
    const world = await startWorld()
    const running: Running[] = []
    const missing: Record<string, string> = {}
    try {
      const home = await startHome()
      running.push({ name: 'home', child: home.child })
      const keeper = await startKeeper(home, room)
      const peers: Running[] = []
      const certbot = await certbotRun(room)
      for (const [name, start] of Object.entries({ caddy: startCaddy, ddclient: startDdclient })) {
        const started = await start(room, world)
        if ('missing' in started) missing[name] = started.missing
        else peers.push({ name, child: started })
      }
      if ('missing' in certbot) missing['certbot'] = certbot.missing
      running.push({ name: 'keeper', child: keeper }, ...peers)

      progress(`coming to rest for ${rest} s`)
      await sleep(rest * 1000, undefined, { signal })
      const data = join(home.folder, 'gatehouse-data')
      const filesBefore = filesIn(data)
      const before = new Map(
        [keeper, ...peers.map(({ child }) => child)].map((child) => [child, usage(child)]),
      )
      progress(`idle for ${idle} s`)
      await sleep(idle * 1000, undefined, { signal })
      const measure = (child: ChildProcess): Measured => {
        const [first, last] = [before.get(child) ?? usage(child), usage(child)]
        const hours = idle / 3600
        return {
          pss: last.pssMiB,
          cpu: (last.cpuSeconds - first.cpuSeconds) / hours,
          written: (last.bytesWritten - first.bytesWritten) / hours,
        }
      }
      const ours = measure(keeper)
      const theirs = peers.map(({ name, child }) => ({ name, ...measure(child) }))
      const together = {
        pss: sum(theirs.map(({ pss }) => pss)),
        // Debian's timer runs it twice a day.
        cpu:
          sum(theirs.map(({ cpu }) => cpu)) + ('missing' in certbot ? 0 : certbot.cpuSeconds / 12),
        written:
          sum(theirs.map(({ written }) => written)) +
          ('missing' in certbot ? 0 : certbot.bytesWritten / 12),
      }
      return {
        ours: figures(ours),
        peers: {
          together: figures(together),
          ...Object.fromEntries(theirs.map((each) => [each.name, figures(each)])),
        },
        ratios: {
          together: Object.fromEntries(
            Object.entries(figures(ours)).flatMap(([name, { median }]) => {
              const other = figures(together)[name]?.median ?? 0
              return other > 0 ? [[name, summarize([median / other])]] : []
            }),
          ),
        },
        missing,
        notes: [
          `idle for ${idle} s after ${rest} s to come to rest; CPU and bytes are scaled to an hour`,
          `files of the data folder that changed meanwhile: ${filesIn(data) === filesBefore ? 'none' : 'SOME'}`,
          'the keeper runs dist/main.js, with the environment of its unit of systemd, on a copy of Node of its own, so that no page of it is shared with the simulators or this benchmark',
          'the keeper looks, proves and serves; Caddy serves; ddclient asks for the address every 300 s; certbot is not there between its two runs a day',
          'the API of the sandbox is plain HTTP, so less TLS is spoken than in a home',
        ],
      }
    } finally {
      for (const { child } of running.toReversed()) await end(child)
      await world.close()
      await rm(room, { recursive: true, force: true })
    }
  },
}

const usage = ({ pid }: ChildProcess): Usage => usageOf(pid ?? 0)
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const figures = ({
  pss,
  cpu,
  written,
}: Measured): Record<string, ReturnType<typeof summarize>> => ({
  pssMiB: summarize([pss]),
  cpuSecondsPerHour: summarize([cpu]),
  bytesWrittenPerHour: summarize([written]),
})

type Home = {
  readonly child: ChildProcess
  readonly folder: string
  readonly environment: Record<string, string>
}
const home = z.object({ folder: z.string(), environment: z.record(z.string(), z.string()) })

async function startHome(): Promise<Home> {
  const child = fork(join(import.meta.dirname, 'actors/home.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the home did not start'))),
  ])) as [unknown]
  return { child, ...home.parse(message) }
}

/** As it is shipped, on a Node of its own. */
async function startKeeper({ folder, environment }: Home, room: string): Promise<ChildProcess> {
  const node = join(room, 'node')
  await copyFile(process.execPath, node)
  const child = spawn(node, [program, 'run'], {
    cwd: folder,
    env: { ...environment, ...(await shippedEnvironment()) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await saying(child, /serves/u)
  return child
}

type NotHere = { readonly missing: string }

async function startCaddy(room: string, world: World): Promise<ChildProcess | NotHere> {
  const found = await tool('caddy')
  if ('missing' in found) return found
  const { certificatePem, keyPem } = await world.web.issue({ names: ['ha.example.com'] })
  await writeFile(join(room, 'cert.pem'), certificatePem)
  await writeFile(join(room, 'key.pem'), keyPem)
  const port = await freePort()
  await writeFile(
    join(room, 'Caddyfile'),
    `{
  admin off
  auto_https off
}
https://ha.example.com:${port} {
  bind 127.0.0.1
  tls ${join(room, 'cert.pem')} ${join(room, 'key.pem')} {
    client_auth {
      mode require_and_verify
      trust_pool file ${world.roots}
    }
  }
  reverse_proxy 127.0.0.1:8123
}
`,
  )
  return peer(
    [...found.command, 'run', '--config', join(room, 'Caddyfile'), '--adapter', 'caddyfile'],
    room,
  )
}

async function startDdclient(room: string, world: World): Promise<ChildProcess | NotHere> {
  const found = await tool('ddclient')
  if ('missing' in found) return found
  const finder = join(room, 'address')
  await writeFile(finder, '#!/bin/sh\necho 203.0.113.7\n', { mode: 0o755 })
  const file = join(room, 'ddclient.conf')
  await writeFile(
    file,
    `daemon=300\nssl_ca_file=${world.roots}\nprotocol=cloudflare\nusev4=cmdv4, cmdv4=${finder}\nzone=example.com\nlogin=token\npassword=${world.token.value}\nha.example.com\n`,
    { mode: 0o600 },
  )
  return peer(
    withFile('/etc/hosts', world.hosts, [
      ...found.command,
      '-foreground',
      '-file',
      file,
      '-cache',
      join(room, 'ddclient.cache'),
    ]),
    room,
  )
}

function peer(command: readonly string[], room: string): ChildProcess {
  const env = { ...process.env, HOME: room, XDG_DATA_HOME: room, XDG_CONFIG_HOME: room }
  return spawn(command[0] ?? '', command.slice(1), { cwd: room, env, stdio: 'ignore' })
}

/** One run with nothing to renew, which is what its timer does most days. */
async function certbotRun(room: string): Promise<Omit<Usage, 'pssMiB'> | NotHere> {
  const found = await tool('certbot')
  if ('missing' in found) return found
  const folders = ['config', 'work', 'logs'].flatMap((name) => [`--${name}-dir`, join(room, name)])
  const script = `"$@" >/dev/null 2>&1; times; cat /proc/$$/io`
  const { out } = await run([
    '/bin/sh',
    '-c',
    script,
    'sh',
    ...found.command,
    'renew',
    '--quiet',
    ...folders,
  ])
  const [, minutes = '0', seconds = '0', sysMinutes = '0', sysSeconds = '0'] =
    /\n(\d+)m([\d.]+)s (\d+)m([\d.]+)s\n/u.exec(out) ?? []
  const written = Number(/^write_bytes: (\d+)/mu.exec(out)?.[1] ?? 0)
  return {
    cpuSeconds:
      Number(minutes) * 60 + Number(seconds) + Number(sysMinutes) * 60 + Number(sysSeconds),
    bytesWritten: written,
  }
}

function saying(child: ChildProcess, what: RegExp): Promise<void> {
  return new Promise((done, fail) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (what.test(said)) done()
    })
    child.once('exit', (code) => fail(new Error(`it ended with ${code}: ${said}`)))
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  if (child.connected) child.disconnect()
  else child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 8000)
  await ended
  clearTimeout(late)
}
