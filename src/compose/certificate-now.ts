import { certificateStore } from '../adapters/system/certificate-store.ts'
import type { Settings } from '../config/settings.ts'
import { factsOf, type CertificateFacts } from '../core/certificate.ts'
import type { DataFolder } from '../core/data-folder.ts'
import { Problem } from '../core/problem.ts'
import { composeAuthorities } from './authorities.ts'
import { certificatePort } from './certificate-port.ts'
import type { Cloud } from './cloud.ts'
import type { Effects } from './effects.ts'

/** What the owner may do to the certificate whatever the plan says. */
export type CertificateNow = {
  /** A new certificate with a new key, in use at once. Throws the Problem of the authority. */
  renew(signal: AbortSignal): Promise<CertificateFacts>
  /**
   * The same, and then the one before is worth nothing any more, nor is the key of the account: whoever
   * read the data folder has both. Throws Problem `certificate/missing` where there is none.
   */
  revoke(signal: AbortSignal): Promise<CertificateFacts>
}

export function certificateNow(
  settings: Settings,
  cloud: Cloud,
  folder: DataFolder,
  effects: Effects,
): CertificateNow {
  const port = certificatePort(settings, cloud, folder, effects)
  const store = certificateStore(folder)
  const authorityAt = composeAuthorities(settings, folder, effects)
  const { directory, profile, preferredChain } = settings.certificate

  const renew = async (signal: AbortSignal): Promise<CertificateFacts> => {
    const { names, tls, homeAssistant } = settings
    await port.issue({ names, directory, profile, preferredChain, replaces: true }, signal)
    if (tls === 'home-assistant' && homeAssistant.certificateFolder !== undefined)
      await port.copy(homeAssistant.certificateFolder, names)
    return factsOf((await store.load())?.chainPem ?? '')
  }

  return {
    renew,
    async revoke(signal) {
      const before = await store.load()
      if (!before)
        throw new Problem('certificate/missing', 'there is no certificate that could be revoked', {
          hint: 'run `gatehouse apply`: it gets one',
        })
      // The house is never without a certificate that is good.
      const now = await renew(signal)
      const authority = authorityAt(before.directory === '' ? directory : before.directory)
      await authority.revoke(before.chainPem, signal)
      await authority.changeKey(signal)
      return now
    },
  }
}
