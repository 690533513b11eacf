import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { ask } from '../simulators/home-assistant/wire.ts'
import type { Installation } from './installation.ts'
import { onboard } from './onboard.ts'

export type RealOptions = {
  /** Where it listens; loopback, and any free port, unless told. */
  readonly host?: string
  readonly port?: number
  /** What to put into configuration.yaml besides the least it needs. */
  readonly yaml?: string
  /** From 2026.8: what its store has before the first start, besides the least. */
  readonly stable?: Readonly<Record<string, unknown>>
  readonly pending?: Readonly<Record<string, unknown>>
  /** Done to its configuration folder before the first start. */
  readonly prepare?: (folder: string, port: number) => Promise<void>
  /** False: leave it without an owner. */
  readonly onboarded?: boolean
  /** From 2026.8: a trial of the http settings lasts this long; really it is five minutes. */
  readonly trialSeconds?: number
}

export type RealHomeAssistant = {
  readonly url: string
  readonly port: number
  readonly version: string
  readonly host: string
  /** A long-lived access token of the owner; empty without one. */
  readonly token: string
  /** Its configuration folder. */
  readonly folder: string
  /** What it printed: errors and warnings, and that it listens. */
  log(): string
  /** How often it was started, the first time included. */
  starts(): number
  /** Ends as if the power went. */
  kill(): Promise<void>
  /** Starts it again after `kill`. */
  revive(): Promise<void>
  close(): Promise<void>
}

/** A boot takes 3 to 10 s on a developer's machine, and many times that on one that has other things to do. */
const bootMs = 300_000

/** Home Assistant itself, on loopback, in a folder of its own, with an owner; `close` leaves nothing behind. */
export async function startRealHomeAssistant(
  { enter, python, version }: Installation,
  options: RealOptions = {},
): Promise<RealHomeAssistant> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-home-assistant-'))
  const { host = '127.0.0.1', port = await freePort() } = options
  await configure(folder, { ...options, host, port }, inYaml(version))
  await options.prepare?.(folder, port)
  let output = ''
  let starts = 0
  let stopping = false
  let hasEnded = false
  let child: ChildProcess
  let ended: Promise<unknown>

  const launch = (): void => {
    starts++
    hasEnded = false
    const command = enter([
      python,
      '-c',
      program(inYaml(version) ? undefined : options.trialSeconds),
      '-c',
      folder,
      '--skip-pip',
    ])
    child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
    const hear = (chunk: Buffer) => (output += chunk.toString())
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    ended = new Promise((done) => {
      child.once('error', done)
      child.once('exit', (code) => {
        // It asks to be started again by its exit code (RESTART_EXIT_CODE).
        if (code === 100 && !stopping) launch()
        else hasEnded = true
        done(code)
      })
    })
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    stopping = true
    child.kill(signal)
    const forced = setTimeout(() => child.kill('SIGKILL'), 30_000)
    await ended
    clearTimeout(forced)
  }
  const url = `http://${host}:${port}`
  const close = async (): Promise<void> => {
    await end('SIGTERM')
    await rm(folder, { recursive: true, force: true })
  }

  launch()
  try {
    await untilReady(
      url,
      () => output,
      () => hasEnded,
    )
    return {
      url,
      port,
      host,
      version,
      token: options.onboarded === false ? '' : await onboard(url),
      folder,
      log: () => output,
      starts: () => starts,
      kill: () => end('SIGKILL'),
      async revive() {
        stopping = false
        launch()
        await untilReady(
          url,
          () => output,
          () => hasEnded,
        )
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Before 2026.8 the http settings are in configuration.yaml. */
export const inYaml = (version: string): boolean => {
  const [year = 0, month = 0] = version.split('.').map(Number)
  return year < 2026 || (year === 2026 && month < 8)
}

async function configure(
  folder: string,
  { host, port, yaml = '', stable = {}, pending }: RealOptions & { host: string; port: number },
  yamlWorld: boolean,
): Promise<void> {
  const http = `http:\n  server_host: ${host}\n  server_port: ${port}\n`
  await writeFile(
    join(folder, 'configuration.yaml'),
    `# The lab's Home Assistant.\nhomeassistant:\n  name: Lab\n  unit_system: metric\n  time_zone: UTC\n  country: PT\nfrontend:\nconfig:\napi:\n${yamlWorld ? http : ''}${yaml}`,
  )
  if (yamlWorld) return
  // Given to it before its first start as the settings in use, so that nothing is on trial, and it listens only there.
  const settings = {
    server_host: [host],
    server_port: port,
    cors_allowed_origins: ['https://cast.home-assistant.io'],
    login_attempts_threshold: -1,
    ip_ban_enabled: true,
    ssl_profile: 'modern',
    use_x_frame_options: true,
    created_at: new Date(0).toISOString(),
    error: null,
    error_message: null,
  }
  await mkdir(join(folder, '.storage'))
  await writeFile(
    join(folder, '.storage/http'),
    JSON.stringify({
      version: 2,
      minor_version: 2,
      key: 'http',
      data: {
        stable: { ...settings, ...stable },
        pending: pending === undefined ? null : { ...settings, ...stable, ...pending },
        yaml_migration_done: true,
      },
    }),
    { mode: 0o600 },
  )
}

/** Its own entry point; only the length of a trial, a constant in its code, can be another one. */
const program = (trialSeconds: number | undefined): string =>
  `import sys
${trialSeconds === undefined ? '' : `from datetime import timedelta\nfrom homeassistant.components.http import config\nconfig.AUTO_REVERT_DELAY = timedelta(seconds=${trialSeconds})\n`}from homeassistant.__main__ import main
sys.argv[0] = 'hass'
sys.exit(main())`

async function untilReady(
  url: string,
  output: () => string,
  hasEnded: () => boolean,
): Promise<void> {
  const deadline = performance.now() + bootMs
  while (performance.now() < deadline && !hasEnded()) {
    for (const place of [url, url.replace('http:', 'https:')]) {
      const status = await ask(place, '/manifest.json').then(
        (answer) => answer.status,
        () => 0,
      )
      if (status === 200) return
    }
    await sleep(100)
  }
  throw new Error(`Home Assistant did not start: ${output().slice(-2000)}`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}
