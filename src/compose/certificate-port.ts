import { momentIn } from '../adapters/acme/ari.ts'
import { certificateId } from '../adapters/acme/ari.ts'
import { acmeClient, type AcmeClient, type Challenges } from '../adapters/acme/client.ts'
import { authoritativeServers } from '../adapters/dns/authoritative.ts'
import { waitUntilServed } from '../adapters/dns/propagation.ts'
import {
  accountStore,
  certificateStore,
  rehearsalStore,
} from '../adapters/system/certificate-store.ts'
import {
  copyCertificate,
  copiedCertificate,
  isReadableByOthers,
} from '../adapters/system/certificate-copy.ts'
import type { Settings } from '../config/settings.ts'
import type { DataFolder } from '../core/data-folder.ts'
import { seconds } from '../core/duration.ts'
import type { Port } from '../safeguards/certificate/types.ts'
import type { Cloud } from './cloud.ts'
import type { Effects } from './effects.ts'

/** Cloudflare's anycast has many sites and we ask one: the CA may ask another (measured margin, 2026). */
const anycastMargin = seconds(2)

/** Issuance through Cloudflare's DNS, wired for the certificate safeguard. */
export function certificatePort(
  settings: Settings,
  cloud: Cloud,
  folder: DataFolder,
  { now }: Effects,
): Port {
  const store = certificateStore(folder)
  const rehearsals = rehearsalStore(folder)
  const clients = new Map<string, AcmeClient>()
  const clientOf = (directoryUrl: string): AcmeClient => {
    const made =
      clients.get(directoryUrl) ??
      acmeClient({
        directoryUrl,
        account: accountStore(folder, directoryUrl),
        contact: settings.certificate.contact,
        eab: settings.certificate.eab,
        now,
      })
    clients.set(directoryUrl, made)
    return made
  }
  /** Windows by certificate, until the CA wants to be asked again. */
  const windows = new Map<string, { readonly moment: Date | undefined; readonly againAt: Date }>()

  const challengesFor = async (
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<Challenges> => {
    const records = await cloud.challenges(signal)
    const zone = await cloud.zone(signal)
    const overridden = settings.dns.nameservers.length > 0
    const servers = overridden
      ? settings.dns.nameservers
      : await authoritativeServers(zone.nameServers, settings.dns.resolvers, signal)
    for (const name of names) {
      await records.refuseDelegation(`_acme-challenge.${name}`, signal)
      await records.withdrawLeftovers(`_acme-challenge.${name}`, signal)
    }
    return {
      publish: (name, value, s) => records.publish(name, value, s),
      withdraw: (name, value, s) => records.withdraw(name, value, s),
      waitUntilServed: (name, value, s) =>
        waitUntilServed(
          name,
          value,
          { servers, margin: overridden ? seconds(0) : anycastMargin },
          s,
        ),
    }
  }

  return {
    load: () => store.load(),
    async renewAt(chainPem, directory, signal) {
      const id = certificateId(chainPem)
      if (id === undefined || directory === '') return undefined
      const remembered = windows.get(id)
      if (remembered && now() < remembered.againAt) return remembered.moment
      const found = await clientOf(directory).renewalWindow(chainPem, signal)
      if (!found) return undefined
      const moment = momentIn(found.window, id)
      windows.set(id, { moment, againAt: found.againAt })
      return moment
    },
    rehearsed: (names) => rehearsals.has(names),
    copiedIn: (target) => copiedCertificate(target),
    keyReadableByOthers: () => isReadableByOthers(folder.certificate.key),
    async rehearse({ names, directory, profile }, signal) {
      // What staging does not offer, production may: the rehearsal is about the way, not the profile.
      await clientOf(directory).obtain(
        { names, profile: profile === undefined ? undefined : profile },
        await challengesFor(names, signal),
        signal,
      )
      await rehearsals.add(names, now())
    },
    async issue({ names, directory, profile, preferredChain, replaces }, signal) {
      await store.ensureRoom()
      const before = replaces ? await store.load() : undefined
      const { chainPem, keyPem } = await clientOf(directory).obtain(
        { names, profile, preferredChain, replaces: before?.chainPem },
        await challengesFor(names, signal),
        signal,
      )
      await store.install({ chainPem, keyPem, directory }, names, now())
    },
    async copy(target, names) {
      const stored = await store.load()
      if (stored) await copyCertificate(stored, target, names, now())
    },
    now,
  }
}
