import { spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { runPermissions, setupPermissions } from '../../src/adapters/cloudflare/token-url.ts'
import { startAuthority, type Authority } from '../simulators/acme/authority.ts'
import { startCloudflare, type Cloudflare } from '../simulators/cloudflare/cloudflare.ts'
import type { Account, Scope, Token, Zone } from '../simulators/cloudflare/state.ts'
import {
  startHomeAssistant,
  type HomeAssistant,
  type HomeAssistantOptions,
} from '../simulators/home-assistant/home-assistant.ts'
import { makeAuthority, type Authority as Pki } from '../simulators/pki.ts'
import { program } from './program.ts'

export type WorldOptions = {
  readonly homeAssistant?: HomeAssistantOptions
  /** More of gatehouse.yaml, after what the world needs. */
  readonly configuration?: string
  readonly withVantage?: boolean
  /** `run` shows its page on port 8099 of the home. */
  readonly page?: boolean
  /** The program asks the router at `addresses.router`, which a test starts; without it none is asked. */
  readonly withRouter?: boolean
}

/** Addresses of one world: all in one /24 of the loopback network, so that worlds never meet. */
export type Addresses = ReturnType<typeof addressesOf>

export type World = {
  readonly name: string
  readonly port: number
  readonly addresses: Addresses
  readonly cloudflare: Cloudflare
  readonly zone: Zone
  readonly account: Account
  readonly token: Token
  /** Of the token that may set rules too. */
  readonly setupToken: string
  readonly authority: Authority
  readonly staging: Authority
  readonly homeAssistant: HomeAssistant
  readonly publicAuthority: Pki
  readonly folder: string
  readonly configuration: string
  readonly environment: Readonly<Record<string, string>>
  /** Runs the true program to its end, with these variables beside those of the world. */
  run(argv: readonly string[], more?: Readonly<Record<string, string>>): Promise<Finished>
  /** Starts the true program and leaves it running. */
  start(argv: readonly string[], ready: RegExp): Promise<ChildProcess>
  close(): Promise<void>
}

export type Finished = {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

/** Where the programs of the lab keep what they compiled: not among the files of the person who runs it. */
export const compiled = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))

/** A program that has not said by now that it is ready will not; slow machines are allowed for. */
const startMs = 120_000

/** Unprivileged, and one of the ports on which Cloudflare takes HTTPS. */
export const publicPort = 8443

function addressesOf(prefix: string) {
  const at = (host: number) => `${prefix}.${host}`
  return {
    /** The inner side of the home's router, where a test starts one. */
    router: at(1),
    /** The outer side of the home's router; there is no router on loopback. */
    home: at(2),
    edge: at(10),
    /** From where the edge speaks to origins: inside the announced ranges. */
    egress: at(17),
    otherTenant: at(18),
    nameServers: [at(53), at(54)],
    resolver: at(55),
    vantage: at(99),
    stranger: at(100),
    network: `${prefix}.0/24`,
    /** As many ranges as Cloudflare publishes, since a shorter list is not believed. */
    ranges: [at(10), ...Array.from({ length: 14 }, (_, i) => at(17 + i))].map(
      (address) => `${address}/32`,
    ),
  }
}

/**
 * A whole world on loopback: Cloudflare, an authority, Home Assistant, a vantage, and the configuration
 * with which the true program lives in it. Only addresses and base URLs differ from the real one.
 */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const prefix = `127.${randomInt(10, 250)}.${randomInt(1, 250)}`
  const addresses = addressesOf(prefix)
  const publicAuthority = await makeAuthority('Lab Public CA')
  const sharedAuthority = await makeAuthority('Lab shared origin pull CA')
  const sharedPulls = await sharedAuthority.issue({
    names: ['origin-pull.cloudflare.lab'],
    clientAuth: true,
  })
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-world-'))
  const homeAssistant = await startHomeAssistant(options.homeAssistant)

  // The authority comes before the edge, which has to trust it, and after the name servers, which it asks.
  const trust: string[] = []
  const cloudflare = await startCloudflare({
    nameServers: addresses.nameServers.map((host) => ({ host, port: 5353 })),
    resolver: { host: addresses.resolver, port: 5353 },
    ranges: {
      ipv4: addresses.ranges,
      ipv6: Array.from({ length: 7 }, (_, i) => `2001:db8:cf${i}::/48`),
    },
    publicAuthority,
    sharedPulls,
    deployMs: 50,
    edge: {
      ipv4: [addresses.edge],
      ipv6: [],
      httpsPorts: [publicPort],
      httpPorts: [8080],
      egress: { ipv4: addresses.egress },
      trust,
    },
  })
  const nameServers = cloudflare.nameServers.map(({ host, port }) => ({ host, port }))
  const authority = await startAuthority({ nameServers })
  const staging = await startAuthority({ nameServers })
  trust.push(authority.rootPem)
  const account = cloudflare.account('home')
  const zone = cloudflare.zone('example.com', account)
  cloudflare.state.callerAddress.ipv4 = addresses.home
  const scopesOf = (
    permissions: readonly { readonly key: string; readonly type: 'read' | 'edit' }[],
  ) => permissions.map(({ key, type }): Scope => `${key}:${type}`)
  // As `gatehouse token url` asks for them, narrowed to the zone by hand.
  const token = cloudflare.token(account, scopesOf(runPermissions), { zones: [zone.id] })
  const setup = cloudflare.token(account, scopesOf(setupPermissions), { zones: [zone.id] })

  const configuration = join(folder, 'gatehouse.yaml')
  const roots = join(folder, 'roots.pem')
  const withVantage = options.withVantage ?? true
  await Promise.all([
    writeFile(join(folder, 'cloudflare.token'), token.value, { mode: 0o600 }),
    writeFile(join(folder, 'setup.token'), setup.value, { mode: 0o600 }),
    writeFile(join(folder, 'home-assistant.token'), homeAssistant.token, { mode: 0o600 }),
    writeFile(roots, publicAuthority.certificatePem),
    writeFile(
      configuration,
      `names: [ha.example.com]
public_port: ${publicPort}
cloudflare:
  token_file: cloudflare.token
  setup_token_file: setup.token
  base_url: ${cloudflare.baseUrl}
address: { ipv4: auto, ipv6: none, allow: [${addresses.network}, "2001:db8::/32"] }
dns:
  resolvers: ["${addresses.resolver}:5353"]
  nameservers: [${nameServers.map(({ host, port }) => `"${host}:${port}"`).join(', ')}]
certificate: { directory: "${authority.directoryUrl}", staging_directory: "${staging.directoryUrl}" }
gateway: { listen: ["${addresses.home}:${publicPort}"], local: [127.0.0.1/32] }
home_assistant: { url: "${homeAssistant.url}", token_file: home-assistant.token }
edge: { countries: [PT], zone_settings: change }
router: { address: ${options.withRouter ? addresses.router : 'none'} }
${withVantage ? `vantage: { url: "http://${addresses.vantage}:9443" }\n` : ''}${options.page === true ? `page: { listen: "${addresses.home}:8099" }\n` : ''}${options.configuration ?? ''}`,
    ),
  ])
  // The visitors of this world, by country: this machine is one at home in Portugal.
  cloudflare.state.visitors.set('127.0.0.1', '198.51.100.9')
  cloudflare.state.countries.set('198.51.100.9', 'PT')

  const environment = {
    ...cleanEnvironment(),
    NODE_EXTRA_CA_CERTS: roots,
    NODE_NO_WARNINGS: '1',
    XDG_CACHE_HOME: compiled,
    ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}),
  }
  const running = new Set<ChildProcess>()
  let closed = false
  const launch = (argv: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const child = spawn(process.execPath, [program, ...argv], {
      env: { ...environment, ...more },
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    child.on('exit', () => running.delete(child))
    return child
  }
  const start: World['start'] = (argv, ready) =>
    new Promise((resolve, reject) => {
      const child = launch(argv)
      let said = ''
      const late = setTimeout(
        () => reject(new Error(`gatehouse ${argv.join(' ')} does not say ${ready}: ${said}`)),
        startMs,
      )
      const hear = (chunk: Buffer) => {
        said += chunk.toString()
        if (!ready.test(said)) return
        clearTimeout(late)
        resolve(child)
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      child.on('exit', (code) => {
        clearTimeout(late)
        reject(new Error(`gatehouse ${argv.join(' ')} ended with ${code}: ${said}`))
      })
    })
  if (withVantage)
    await start(
      ['vantage', '--listen', `${addresses.vantage}:9443`, '--from', addresses.stranger],
      /a vantage for homes/,
    )

  return {
    name: 'ha.example.com',
    port: publicPort,
    addresses,
    cloudflare,
    zone,
    account,
    token,
    setupToken: setup.value,
    authority,
    staging,
    homeAssistant,
    publicAuthority,
    folder,
    configuration,
    environment,
    start,
    run(argv, more) {
      const started = performance.now()
      return new Promise((resolve) => {
        const child = launch(argv, more)
        let stdout = ''
        let stderr = ''
        child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
        child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
        child.on('close', (code) =>
          resolve({ code, stdout, stderr, ms: performance.now() - started }),
        )
      })
    },
    async close() {
      if (closed) return
      closed = true
      await Promise.all([...running].map(stop))
      await Promise.all([
        cloudflare.close(),
        authority.close(),
        staging.close(),
        homeAssistant.close(),
      ])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Without settings of the person who runs the lab: they must not reach the program. */
const cleanEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || /^(GATEHOUSE|CLOUDFLARE|NODE)_/.test(name) ? [] : [[name, value]],
    ),
  )

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve()
      return
    }
    const late = setTimeout(() => child.kill('SIGKILL'), 5000)
    child.on('exit', () => {
      clearTimeout(late)
      resolve()
    })
    child.kill('SIGTERM')
  })
}
