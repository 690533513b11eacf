import type { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'

import { lookUpAddresses, type Said } from '../adapters/dns/lookup.ts'
import { askEdge, firstFrame } from '../adapters/probe/edge.ts'
import { certificateStore } from '../adapters/system/certificate-store.ts'
import { originFiles } from '../adapters/system/gateway-files.ts'
import { restartNote } from '../adapters/system/restart-note.ts'
import { askVantage } from '../adapters/vantage/service.ts'
import type { Settings } from '../config/settings.ts'
import type { Address } from '../core/address.ts'
import { factsOf } from '../core/certificate.ts'
import type { DataFolder } from '../core/data-folder.ts'
import { known, unknown, type Fact } from '../core/fact.ts'
import type { Finding } from '../core/finding.ts'
import type { Guard } from '../core/guard.ts'
import { reasonOf } from '../core/problem.ts'
import type { NameAnswer, ServedAtHome, Subject, Vantage } from '../verification/types.ts'
import type { AddressBook } from './address/book.ts'
import type { Cloud } from './cloud.ts'
import type { Effects } from './effects.ts'
import { once } from './memo.ts'
import type { Ranges } from './ranges.ts'
import { reportToken } from './token.ts'
import { zoneServers } from './zone-servers.ts'

/** The home as `verify` looks at it. */
export async function subjectOf(
  settings: Settings,
  cloud: Cloud,
  ranges: Ranges,
  folder: DataFolder,
  guards: readonly Guard[],
  book: AddressBook,
  effects: Effects,
  signal: AbortSignal,
): Promise<Subject> {
  const edge = await ranges.fresh(signal)
  const stored = await certificateStore(folder).load()
  // Within one run everybody means the same answer.
  const askAuthorities = oncePerName(async (name, type, s) =>
    lookUpAddresses(await zoneServers(settings, cloud, s), { name, type, recursive: false }, s),
  )
  const resolve = oncePerName(async (name, type, s) =>
    // A resolver that is asked for what is not there remembers that for half an hour.
    isMissing(await askAuthorities(name, type, s).catch(() => []))
      ? []
      : lookUpAddresses(settings.dns.resolvers, { name, type, recursive: true }, s),
  )
  const findings = once((s) =>
    Promise.all(
      guards.map(async (guard) => ({ name: guard.name, findings: await look(guard, effects, s) })),
    ),
  )
  return {
    names: settings.names,
    homeNames: settings.names.filter(
      (name) => !settings.gateway.also.some((other) => other.name === name),
    ),
    publicPort: settings.publicPort,
    homes: await book.current(signal),
    edgeRanges: edge,
    vantage: vantageOf(settings),
    storedFingerprint: stored && factsOf(stored.chainPem).fingerprint,
    pullsMode: settings.tls === 'gateway' ? await originFiles(folder).mode() : known('off'),
    resolve,
    askAuthorities,
    askEdge,
    openWebSocket: firstFrame,
    async servedAtHome(name, s) {
      const served = await servedAtHome(name, settings, s)
      const restartedFor = await restartNote(folder).restartedFor()
      return served && { ...served, isFromBefore: served.fingerprint === restartedFor }
    },
    async token(s) {
      const report = await reportToken(settings, cloud, effects, s)
      const named = (wanted: string, can: string) =>
        report.abilities
          .filter((each) => each.wanted === wanted && each.can === can)
          .map(({ permission }) => permission)
      return {
        status: report.status,
        tooMuch: named('too much', 'yes'),
        lacks: named('needed', 'no'),
        otherZones: report.otherZones,
      }
    },
    findings,
    now: effects.now,
  }
}

function vantageOf({ vantage }: Settings): Vantage | undefined {
  return (
    vantage && {
      name: new URL(vantage.url).host,
      ask: (asked, signal) => askVantage(vantage, asked, signal),
    }
  )
}

type Ask<T> = (name: string, type: 'A' | 'AAAA', signal: AbortSignal) => Promise<readonly T[]>

function oncePerName(ask: Ask<Said<Address>>): Ask<NameAnswer> {
  const asked = new Map<string, Promise<readonly NameAnswer[]>>()
  return (name, type, signal) => {
    const key = `${type} ${name}`
    const answers = asked.get(key) ?? ask(name, type, signal).then((said) => said.map(shown))
    asked.set(key, answers)
    return answers
  }
}

/** Every authority that says something says that there is nothing. */
function isMissing(answers: readonly NameAnswer[]): boolean {
  const said = answers.flatMap((each) =>
    each.authoritative && 'values' in each ? [each.values] : [],
  )
  return said.length > 0 && said.every((values) => values.length === 0)
}

function shown(said: Said<Address>): NameAnswer {
  const server = `${said.server.host}${said.server.port === 53 ? '' : `:${said.server.port}`}`
  return 'values' in said
    ? { server, authoritative: said.authoritative, values: said.values }
    : { server, authoritative: said.authoritative, failed: said.failed }
}

async function look(
  guard: Guard,
  { now }: Effects,
  signal: AbortSignal,
): Promise<Fact<readonly Finding[]>> {
  try {
    return known(await guard.check(now(), signal))
  } catch (error) {
    signal.throwIfAborted()
    return unknown(reasonOf(error))
  }
}

/** Where TLS ends: the gateway of this machine, asked as a client at home, or Home Assistant. */
function placeOfTls(settings: Settings): { host: string; port: number } | undefined {
  if (settings.tls === 'home-assistant') {
    const { hostname, port } = new URL(settings.homeAssistant.url)
    return { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) || 443 }
  }
  const [place] = settings.gateway.listen
  if (!place) return undefined
  const host = place.host === '0.0.0.0' ? '127.0.0.1' : place.host === '::' ? '::1' : place.host
  return { host, port: place.port }
}

function servedAtHome(
  name: string,
  settings: Settings,
  signal: AbortSignal,
): Promise<Omit<ServedAtHome, 'isFromBefore'> | undefined> {
  const place = placeOfTls(settings)
  if (!place) return Promise.resolve(undefined)
  const { host } = place
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: place.port,
      servername: name,
      rejectUnauthorized: false,
      timeout: 5000,
    })
    const finish = (seen?: X509Certificate) => {
      signal.removeEventListener('abort', stop)
      // Not in the middle of a handshake: the gateway counts those that fail.
      if (seen) socket.destroySoon()
      else socket.destroy()
      resolve(
        seen && {
          by: settings.tls,
          fingerprint: seen.fingerprint256,
          notAfter: seen.validToDate,
          asked: `TLS ${host}:${place.port}, name ${name}`,
        },
      )
    }
    const stop = () => finish()
    signal.addEventListener('abort', stop)
    socket.on('secureConnect', () => finish(socket.getPeerX509Certificate()))
    socket.on('error', stop)
    socket.on('timeout', stop)
    socket.on('close', stop)
  })
}
