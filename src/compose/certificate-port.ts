import type { Challenges } from '../adapters/acme/client.ts'
import { servedCaa, type Caa } from '../adapters/dns/caa.ts'
import { waitUntilServed } from '../adapters/dns/propagation.ts'
import { certificateStore, rehearsalStore } from '../adapters/system/certificate-store.ts'
import {
  copyCertificate,
  copiedCertificate,
  isReadableByOthers,
} from '../adapters/system/certificate-copy.ts'
import { renewalStore } from '../adapters/system/renewal-store.ts'
import type { Settings } from '../config/settings.ts'
import type { DataFolder } from '../core/data-folder.ts'
import { seconds } from '../core/duration.ts'
import { Problem } from '../core/problem.ts'
import { zoneTrouble, type ZoneState } from '../core/zone.ts'
import type { Port } from '../safeguards/certificate/types.ts'
import { composeAuthorities } from './authorities.ts'
import type { Cloud } from './cloud.ts'
import type { Effects } from './effects.ts'
import { renewalMoments } from './renewal-moments.ts'
import { zoneServers } from './zone-servers.ts'

/** Cloudflare's anycast has many sites and we ask one: the CA may ask another (measured margin, 2026). */
const anycastMargin = seconds(2)

/** Issuance through Cloudflare's DNS, wired for the certificate safeguard. */
export function certificatePort(
  settings: Settings,
  cloud: Cloud,
  folder: DataFolder,
  effects: Effects,
): Port {
  const { now } = effects
  const store = certificateStore(folder)
  const rehearsals = rehearsalStore(folder)
  const clientOf = composeAuthorities(settings, folder, effects)
  const remembered = renewalStore(folder)
  const renewAt = renewalMoments(remembered.drawn, effects)

  /** How the names are proven to the authority, after a look at what would make it refuse them. */
  const challengesFor = async (
    names: readonly string[],
    directory: string,
    signal: AbortSignal,
  ): Promise<Challenges> => {
    const zone = await cloud.zone(signal)
    refuseUnansweredZone(zone)
    const records = await cloud.challenges(signal)
    const servers = await zoneServers(settings, cloud, signal)
    // Servers that were named are asked as they are; the zone's own have many sites behind one address.
    const margin = settings.dns.nameservers.length > 0 ? seconds(0) : anycastMargin
    await Promise.all(
      names.map(async (name) => {
        await records.refuseDelegation(`_acme-challenge.${name}`, signal)
        await records.withdrawLeftovers(`_acme-challenge.${name}`, signal)
        const caa = await servedCaa(name, zone.name, servers, signal)
        if (caa) refuseForbidden(caa, await clientOf(directory).caaIdentities(signal))
      }),
    )
    return {
      publish: (name, value, s) => records.publish(name, value, s),
      withdraw: (name, value, s) => records.withdraw(name, value, s),
      waitUntilServed: (name, value, s) =>
        waitUntilServed(name, value, { servers, margin, time: effects.time }, s),
    }
  }

  return {
    load: () => store.load(),
    renewAt: (chainPem, directory, signal) =>
      directory === ''
        ? Promise.resolve(undefined)
        : renewAt(chainPem, (s) => clientOf(directory).renewalWindow(chainPem, s), signal),
    rehearsed: (names) => rehearsals.has(names),
    attempts: () => remembered.attempts.load(),
    copiedIn: (target) => copiedCertificate(target),
    keyReadableByOthers: () => isReadableByOthers(folder.certificate.key),
    async rehearse({ names, directory, profile }, signal) {
      // What staging does not offer, production may: the rehearsal is about the way, not the profile.
      await clientOf(directory).obtain(
        { names, profile: profile === undefined ? undefined : profile },
        await challengesFor(names, directory, signal),
        signal,
      )
      await rehearsals.add(names, now())
    },
    async issue({ names, directory, profile, preferredChain, replaces }, signal) {
      await store.ensureRoom()
      const stored = await store.load()
      const kept = await remembered.order.load()
      // Its certificate was put in use, and the program ended before the order was forgotten.
      if (kept && kept.keyPem === stored?.keyPem) await remembered.order.forget()
      const begun = now()
      await remembered.attempts.begin(begun)
      try {
        const { chainPem, keyPem } = await clientOf(directory).obtain(
          {
            names,
            profile,
            preferredChain,
            replaces: replaces ? stored?.chainPem : undefined,
            pending: remembered.order,
          },
          await challengesFor(names, directory, signal),
          signal,
        )
        await store.install({ chainPem, keyPem, directory }, names, now())
      } catch (error) {
        if (!isCounted(error)) await remembered.attempts.takeBack(begun)
        throw error
      }
      await remembered.order.forget()
      await remembered.attempts.forget()
    },
    async copy(target, names) {
      const stored = await store.load()
      if (stored) await copyCertificate(stored, target, names, now())
    },
    now,
  }
}

/** The authority looked and said no, or may have. Whoever was not there, was busy, or was never asked counts nothing. */
const isCounted = (error: unknown): boolean =>
  error instanceof Problem && error.code.startsWith('certificate/') && !notCounted.has(error.code)

const notCounted: ReadonlySet<string> = new Set([
  'certificate/authority-unreachable',
  'certificate/authority-down',
  'certificate/authority-slow',
  'certificate/rate-limited',
  // Told by a look at the records, before the authority was asked.
  'certificate/caa',
])

/** Where other name servers answer, the authority would not find the proof, and count a failure. */
function refuseUnansweredZone(zone: ZoneState): void {
  const trouble = zoneTrouble(zone)
  // A paused zone still answers, and its certificate may end meanwhile.
  if (trouble && trouble.code !== 'zone/paused')
    throw new Problem(trouble.code, trouble.says, { hint: trouble.hint })
}

/** By the records that are served: an order would fail, and count. An authority that names none is asked. */
function refuseForbidden({ at, issuers }: Caa, identities: readonly string[]): void {
  const [identity] = identities
  if (identity === undefined || issuers.some((issuer) => identities.includes(issuer))) return
  throw new Problem(
    'certificate/caa',
    `the CAA records that are served for ${at} allow ${issuers.join(', ') || 'nobody'}, and not the authority ${identity}`,
    { hint: `add the record: ${at} CAA 0 issue "${identity}"` },
  )
}
