import type { Access } from '../adapters/home-assistant/access.ts'
import { homeAssistant as client } from '../adapters/home-assistant/home-assistant.ts'
import type { EdgeAnswer, EdgeFailure } from '../adapters/probe/edge.ts'
import { certificateStore } from '../adapters/system/certificate-store.ts'
import { copiedCertificate, usablePair } from '../adapters/system/certificate-copy.ts'
import { restartNote } from '../adapters/system/restart-note.ts'
import { restartUnderWay } from '../adapters/system/restart-under-way.ts'
import type { Settings } from '../config/settings.ts'
import { factsOf } from '../core/certificate.ts'
import type { DataFolder } from '../core/data-folder.ts'
import type { Desired, Port } from '../safeguards/home-assistant/types.ts'
import type { Effects } from './effects.ts'

/** Home Assistant at its own place, with the token of the home. */
export const accessOf = (settings: Settings, folder: DataFolder): Access => ({
  url: settings.homeAssistant.url,
  token: settings.homeAssistant.token,
  names: settings.names,
  ours: () => ourCertificates(settings, folder),
  configurationFolder: settings.homeAssistant.configurationFolder,
})

/**
 * Home Assistant as this home reaches it: to be asked for whatever else is of interest there, too. Inside an app an
 * administrator asks at the Supervisor, whatever state its own port is in.
 */
export function homeAssistantOf(settings: Settings, folder: DataFolder) {
  const access = accessOf(settings, folder)
  const { apiUrl } = settings.homeAssistant
  const home = client(access)
  return apiUrl === access.url
    ? home
    : { ...client({ ...access, url: apiUrl }), outside: home.outside }
}

/** Home Assistant, wired for its safeguard. */
export function homeAssistantPort(
  settings: Settings,
  folder: DataFolder,
  throughEdge: (signal: AbortSignal) => Promise<EdgeAnswer | EdgeFailure | undefined>,
  { now }: Effects,
): Port {
  const home = homeAssistantOf(settings, folder)
  const { certificateFolder } = settings.homeAssistant
  return {
    ...home,
    ...restartNote(folder),
    whileRestarting: (work) => restartUnderWay(folder, now).whileRestarting(work),
    async throughEdge(signal) {
      // What cannot be asked says nothing about Home Assistant.
      const answer = await throughEdge(signal).catch(() => undefined)
      signal.throwIfAborted()
      if (answer === undefined || 'failed' in answer || answer.status >= 520) return undefined
      return answer.status === 400 && answer.text.startsWith('400: Bad Request')
        ? 'refused'
        : 'answered'
    },
    pair: async () =>
      settings.tls === 'home-assistant' && certificateFolder !== undefined
        ? await usablePair(certificateFolder, settings.names, now())
        : undefined,
    now,
  }
}

/** The files as Home Assistant names them; `undefined`: TLS ends elsewhere. */
export const filesInside = ({ tls, homeAssistant }: Settings): Desired['files'] => {
  const folder = homeAssistant.certificateFolderInside.replace(/\/$/, '')
  return tls === 'home-assistant'
    ? { certificate: `${folder}/fullchain.pem`, key: `${folder}/privkey.pem` }
    : undefined
}

/** What we put before Home Assistant: what lies there now, and what was issued. */
async function ourCertificates(
  { homeAssistant: { certificateFolder } }: Settings,
  folder: DataFolder,
): Promise<readonly string[]> {
  const stored = await certificateStore(folder).load()
  const copied =
    certificateFolder === undefined ? undefined : await copiedCertificate(certificateFolder)
  return [stored && factsOf(stored.chainPem).fingerprint, copied].filter(
    (each) => each !== undefined,
  )
}
