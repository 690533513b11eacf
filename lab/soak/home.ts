import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { setupPermissions } from '../../src/adapters/cloudflare/token-url.ts'
import { openDatabase } from '../../src/adapters/system/database.ts'
import { openJournal } from '../../src/adapters/system/journal.ts'
import { originFiles } from '../../src/adapters/system/gateway-files.ts'
import { addressBook } from '../../src/compose/address/book.ts'
import { composeCloud } from '../../src/compose/cloud.ts'
import type { Effects } from '../../src/compose/effects.ts'
import { composeGuards } from '../../src/compose/guards.ts'
import { composeRanges } from '../../src/compose/ranges.ts'
import type { ThroughEdge } from '../../src/compose/through-edge.ts'
import { readYaml } from '../../src/config/read.ts'
import { resolve } from '../../src/config/resolve.ts'
import { configurationSchema } from '../../src/config/schema.ts'
import type { Settings } from '../../src/config/settings.ts'
import { certificatesIn } from '../../src/core/certificate.ts'
import { dataFolder, type DataFolder } from '../../src/core/data-folder.ts'
import type { Duration } from '../../src/core/duration.ts'
import { newBoard, type Board } from '../../src/keeper/board.ts'
import { keep } from '../../src/keeper/keep.ts'
import type { TaskName } from '../../src/keeper/schedule.ts'
import type { TriggerSource } from '../../src/keeper/trigger.ts'
import { startAuthority, type Authority } from '../simulators/acme/authority.ts'
import type { Profile } from '../simulators/acme/state.ts'
import { startCloudflare, type Cloudflare } from '../simulators/cloudflare/cloudflare.ts'
import type { Scope, Zone } from '../simulators/cloudflare/state.ts'
import {
  startHomeAssistant,
  type HomeAssistant,
} from '../simulators/home-assistant/home-assistant.ts'
import { virtualClock, type VirtualClock } from '../world/virtual-clock.ts'
import type { Chance } from './chance.ts'
import { mortal } from './mortal.ts'
import { startRelay, type Relay } from './relay.ts'

export const name = 'ha.example.com'

export type SoakHomeOptions = {
  readonly chance: Chance
  /** What the authority issues; `tlsserver` with 45 days where nothing is said. */
  readonly profile?: string
  readonly profiles?: Readonly<Record<string, Profile>>
  readonly rhythmOf?: (name: TaskName) => Duration | undefined
}

/** A home in a world whose time is ours: simulators on real sockets, and the true keeper in this process. */
export type SoakHome = {
  readonly clock: VirtualClock
  readonly cloudflare: Cloudflare
  readonly zone: Zone
  readonly authority: Authority
  readonly homeAssistant: HomeAssistant
  readonly relay: Relay
  readonly settings: Settings
  readonly folder: DataFolder
  /** What was not as it must be, in words. */
  readonly violations: string[]
  /** Calls by whom they went to, as the home sees it. */
  readonly calls: Map<string, number>
  /** Runs the keeper, as a process of its own would begin, until the signal. */
  keep(
    sources: readonly TriggerSource[],
    signal: AbortSignal,
  ): { readonly board: Board; readonly ended: Promise<void> }
  close(): Promise<void>
}

const ranges = {
  ipv4: Array.from({ length: 15 }, (_, i) => `198.51.100.${i * 8}/29`),
  ipv6: Array.from({ length: 7 }, (_, i) => `2001:db8:cf${i}::/48`),
}

export async function startSoakHome(options: SoakHomeOptions): Promise<SoakHome> {
  const clock = virtualClock(new Date())
  const { now } = clock
  const cloudflare = await startCloudflare({
    now,
    ranges,
    nameServers: [
      { host: '127.0.0.1', port: 0 },
      { host: '127.0.0.1', port: 0 },
    ],
    resolver: { host: '127.0.0.1', port: 0 },
  })
  const { resolver } = cloudflare
  if (!resolver) throw new Error('this world has a resolver')
  const account = cloudflare.account('home')
  const zone = cloudflare.zone('example.com', account)
  const token = cloudflare.token(
    account,
    setupPermissions.map(({ key, type }): Scope => `${key}:${type}`),
    { zones: [zone.id] },
  )
  cloudflare.state.callerAddress.ipv4 = '203.0.113.7'
  const nameServers = cloudflare.nameServers.map(({ host, port }) => ({ host, port }))
  const authority = await startAuthority({
    nameServers,
    now,
    ...(options.profiles === undefined ? {} : { profiles: options.profiles }),
  })
  const homeAssistant = await startHomeAssistant()
  const relay = await startRelay(homeAssistant.port)
  const root = await mkdtemp(join(tmpdir(), 'gatehouse-soak-'))
  const servers = nameServers.map(({ host, port }) => `"${host}:${port}"`).join(', ')
  const { settings, complaints } = resolve(
    configurationSchema.parse(
      readYaml(`
names: [${name}]
cloudflare: { token: ${token.value}, base_url: "${cloudflare.baseUrl}" }
address: { ipv6: none, allow: [198.51.100.0/24, 203.0.113.0/24, "2001:db8::/32"] }
dns: { resolvers: ["${resolver.host}:${resolver.port}"], nameservers: [${servers}] }
certificate: { directory: "${authority.directoryUrl}", staging_directory: none${options.profile === undefined ? '' : `, profile: ${options.profile}`} }
gateway: { listen: ["127.0.0.1:${await freePort()}"], local: [127.0.0.1/32] }
home_assistant: { url: "http://127.0.0.1:${relay.port}", token: ${homeAssistant.token} }
router: { address: none }
`).value,
    ),
    root,
    new Map(),
  )
  if (!settings) throw new Error(JSON.stringify(complaints))
  const folder = dataFolder(settings.data)
  const violations: string[] = []
  const calls = new Map<string, number>()
  const count = (whom: string) => void calls.set(whom, (calls.get(whom) ?? 0) + 1)

  return {
    clock,
    cloudflare,
    zone,
    authority,
    homeAssistant,
    relay,
    settings,
    folder,
    violations,
    calls,
    keep(sources, signal) {
      const effects: Effects = {
        now,
        random: () => options.chance.next(),
        unattended: true,
        time: clock,
        observeCall: () => count("Cloudflare's API"),
      }
      const cloud = composeCloud(settings, effects)
      const composed = composeRanges(cloud, folder, settings.address.allow, now)
      const through: ThroughEdge = (host) => throughEdge(host, { zone, folder, now, violations })
      const addresses = addressBook(
        settings,
        (s) => composed.fresh(s),
        () => cloud.client.reconnect(),
        effects,
      )
      const guards = composeGuards(settings, cloud, composed, folder, addresses, through, effects)
      const database = openDatabase(folder.database)
      const written = openJournal(database)
      const journal = {
        ...written,
        starts: (...step: Parameters<typeof written.starts>) =>
          mortal(() => written.starts(...step)),
      }
      const board = newBoard({ safeguards: guards.map((each) => each.name), now })
      // What a killed process still does holds up no time: it may never end.
      const work = <T>(act: () => Promise<T>): Promise<T> =>
        signal.aborted ? act() : clock.work(act)
      const ended = keep(
        {
          guards: guards.map((each) => ({
            ...each,
            look: (hooks, at, s) => work(() => each.look(hooks, at, s)),
          })),
          journal,
          board,
          clock,
          random: () => options.chance.next(),
          ways: settings.keep,
          ranges: { ...composed, refresh: (s) => work(() => composed.refresh(s)) },
          prove: () =>
            work(() =>
              Promise.resolve({
                verdict: 'held',
                checkedAt: now().toISOString(),
                vantage: null,
                proofs: [],
                advice: [],
              }),
            ),
          reach: () => Promise.resolve([]),
          sources,
          ...(options.rhythmOf === undefined ? {} : { rhythmOf: options.rhythmOf }),
          tell: () => undefined,
          problem: (error) => violations.push(`a problem that is no finding: ${String(error)}`),
        },
        signal,
      ).finally(() => database.close())
      return { board, ended }
    },
    async close() {
      clock[Symbol.dispose]()
      await Promise.all([
        cloudflare.close(),
        authority.close(),
        relay.close(),
        homeAssistant.close(),
      ])
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // It is bound, so its address is one.
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/**
 * What the edge does at a request: it presents the certificate that is associated, and the gateway takes
 * it or not. By hand, because TLS in this process goes by the true time.
 */
async function throughEdge(
  host: string,
  {
    zone,
    folder,
    now,
    violations,
  }: Pick<SoakHome, 'zone' | 'folder' | 'violations'> & { now(): Date },
): ReturnType<ThroughEdge> {
  const answer = {
    ms: 1,
    status: 200,
    headers: new Map<string, string>(),
    text: '',
    certificate: undefined,
    protocol: 'TLSv1.3',
    edgeError: undefined,
  }
  const origin = originFiles(folder)
  const mode = await origin.mode()
  const at = zone.pulls.associations.get(host)
  const presented = zone.pulls.certificates.find(({ id }) => id === at?.certificateId)
  const accepted = certificatesIn(await readFile(folder.pulls.authorities, 'utf8').catch(() => ''))
  const leaf =
    presented && at?.enabled === true ? new X509Certificate(presented.certificate) : undefined
  const taken =
    leaf !== undefined &&
    leaf.validToDate > now() &&
    accepted.some((pem) => {
      const signer = new X509Certificate(pem)
      return leaf.checkIssued(signer) && leaf.verify(signer.publicKey) && signer.validToDate > now()
    })
  if (taken) await origin.recordSeen(leaf.fingerprint256, now())
  if (taken || (mode.is === 'known' && mode.value !== 'required')) return answer
  // Where somebody took the association away, the edge presents nothing, and is refused as it should be.
  if (leaf) violations.push(`${now().toISOString()}: the gateway shut the edge out`)
  return { ...answer, status: 525 }
}
