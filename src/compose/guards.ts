import { originPulls as pullsApi } from '../adapters/cloudflare/pulls.ts'
import { zoneRulesets } from '../adapters/cloudflare/rulesets.ts'
import { zoneSettings } from '../adapters/cloudflare/settings.ts'
import { originFiles } from '../adapters/system/gateway-files.ts'
import { pullsStore } from '../adapters/system/pulls-store.ts'
import type { Settings } from '../config/settings.ts'
import type { DataFolder } from '../core/data-folder.ts'
import { guard, type Guard } from '../core/guard.ts'
import { certificate } from '../safeguards/certificate/certificate.ts'
import { dnsRecord } from '../safeguards/dns-record/dns-record.ts'
import { edgeRules } from '../safeguards/edge-rules/edge-rules.ts'
import { homeAssistant } from '../safeguards/home-assistant/home-assistant.ts'
import { originPulls } from '../safeguards/origin-pulls/origin-pulls.ts'
import { portForward } from '../safeguards/port-forward/port-forward.ts'
import type { AddressBook } from './address/book.ts'
import { certificatePort } from './certificate-port.ts'
import type { Cloud } from './cloud.ts'
import type { Effects } from './effects.ts'
import { filesInside, homeAssistantPort } from './home-assistant-port.ts'
import type { Ranges } from './ranges.ts'
import type { ThroughEdge } from './through-edge.ts'

/** The safeguards of one home, wired to the world, in the order in which they are applied. */
export function composeGuards(
  settings: Settings,
  cloud: Cloud,
  ranges: Ranges,
  folder: DataFolder,
  book: AddressBook,
  throughEdge: ThroughEdge,
  effects: Effects,
): readonly Guard[] {
  const [main = ''] = settings.names
  const url = `https://${main}${settings.publicPort === 443 ? '' : `:${settings.publicPort}`}`
  const copyTo =
    settings.tls === 'home-assistant' ? settings.homeAssistant.certificateFolder : undefined

  const home = guard(
    homeAssistant(
      homeAssistantPort(settings, folder, (signal) => throughEdge(main, signal), effects),
    ),
    async (signal) => ({
      proxy: settings.homeAssistant.seesUsAs,
      externalUrl: url,
      tls: settings.tls,
      edgeRanges:
        settings.tls === 'home-assistant'
          ? (await ranges.fresh(signal)).map(({ text }) => text)
          : [],
      formerRanges: (await ranges.former()).map(({ text }) => text),
      files: filesInside(settings),
      restartWindow: effects.unattended ? settings.homeAssistant.restartWindow : undefined,
    }),
  )
  const pair = guard(
    certificate(
      { names: settings.names, copyTo },
      certificatePort(settings, cloud, folder, effects),
    ),
    () =>
      Promise.resolve({
        names: settings.names,
        directory: settings.certificate.directory,
        staging: settings.certificate.stagingDirectory,
        profile: settings.certificate.profile,
        preferredChain: settings.certificate.preferredChain,
        copyTo,
      }),
  )

  return [
    // Where TLS ends in Home Assistant, it needs the pair before it can serve with it.
    ...(settings.tls === 'home-assistant' ? [pair, home] : [home, pair]),
    guard(edgeRules(edgePort(cloud)), () =>
      Promise.resolve({ names: settings.names, publicPort: settings.publicPort, ...settings.edge }),
    ),
    guard(
      portForward({
        async reached(signal) {
          const answer = await throughEdge(main, signal)
          return answer === undefined || 'failed' in answer ? undefined : answer.status < 520
        },
      }),
      () =>
        Promise.resolve({
          publicPort: settings.publicPort,
          forwardPort: settings.router.forwardPort,
        }),
    ),
    guard(dnsRecord(recordPort(cloud)), async (signal) => ({
      names: settings.names,
      ...(await desiredAddresses(book, signal)),
    })),
    guard(originPulls(settings.names, pullsPort(cloud, folder, effects, throughEdge)), () =>
      Promise.resolve({ names: settings.names, mode: settings.pulls.mode, tls: settings.tls }),
    ),
  ]
}

async function desiredAddresses(book: AddressBook, signal: AbortSignal) {
  const { ipv4, ipv6, trouble } = await book.current(signal)
  return { addresses: { ipv4, ipv6 }, trouble }
}

const recordPort = (cloud: Cloud): Parameters<typeof dnsRecord>[0] => ({
  zone: (signal) => cloud.zoneNow(signal),
  all: async (signal) => (await cloud.records(signal)).all(signal),
  named: async (name, type, signal) => (await cloud.records(signal)).named(name, type, signal),
  create: async (record, signal) => (await cloud.records(signal)).create(record, signal),
  patch: async (id, changes, signal) => (await cloud.records(signal)).patch(id, changes, signal),
  remove: async (id, signal) => (await cloud.records(signal)).remove(id, signal),
})

function edgePort(cloud: Cloud): Parameters<typeof edgeRules>[0] {
  const rulesets = async (signal: AbortSignal) =>
    zoneRulesets(cloud.client, (await cloud.zone(signal)).id)
  const zone = async (signal: AbortSignal) =>
    zoneSettings(cloud.client, (await cloud.zone(signal)).id)
  return {
    rules: async (phase, signal) => (await rulesets(signal)).rules(phase, signal),
    put: async (phase, rule, signal) => (await rulesets(signal)).put(phase, rule, signal),
    remove: async (phase, ref, signal) => (await rulesets(signal)).remove(phase, ref, signal),
    setting: async (id, signal) => (await zone(signal)).read(id, signal),
    set: async (id, value, signal) => (await zone(signal)).write(id, value, signal),
    botFight: async (signal) => (await zone(signal)).botFight(signal),
    setBotFight: async (on, signal) => (await zone(signal)).setBotFight(on, signal),
  }
}

function pullsPort(
  cloud: Cloud,
  folder: DataFolder,
  { now, time }: Effects,
  throughEdge: ThroughEdge,
): Parameters<typeof originPulls>[1] {
  const api = async (signal: AbortSignal) => pullsApi(cloud.client, (await cloud.zone(signal)).id)
  const origin = originFiles(folder)
  return {
    ...pullsStore(folder, now),
    certificates: async (signal) => (await api(signal)).certificates(signal),
    upload: async (certificatePem, keyPem, signal) =>
      (await api(signal)).upload(certificatePem, keyPem, signal),
    remove: async (id, signal) => (await api(signal)).remove(id, signal),
    association: async (host, signal) => (await api(signal)).association(host, signal),
    associate: async (host, certificateId, enabled, signal) =>
      (await api(signal)).associate(host, certificateId, enabled, signal),
    mode: () => origin.mode(),
    setMode: (mode) => origin.setMode(mode),
    seen: (fingerprint) => origin.seen(fingerprint),
    async requestThroughEdge(host, signal) {
      const answer = await throughEdge(host, signal)
      if (answer === undefined) return `${host} does not lead to the edge`
      return 'failed' in answer ? answer.failed : `the edge answers ${answer.status}`
    },
    now,
    time,
  }
}
