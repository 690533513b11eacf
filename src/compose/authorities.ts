import { acmeClient, type AcmeClient } from '../adapters/acme/client.ts'
import { accountStore } from '../adapters/system/certificate-store.ts'
import type { Settings } from '../config/settings.ts'
import type { DataFolder } from '../core/data-folder.ts'
import type { Effects } from './effects.ts'

/** The certificate authorities by the URL of their directories, each with the account of this home there. */
export function composeAuthorities(
  { certificate: { contact, eab } }: Settings,
  folder: DataFolder,
  { now, time }: Effects,
): (directoryUrl: string) => AcmeClient {
  const clients = new Map<string, AcmeClient>()
  return (directoryUrl) => {
    const account = accountStore(folder, directoryUrl)
    const made =
      clients.get(directoryUrl) ?? acmeClient({ directoryUrl, account, contact, eab, now, time })
    clients.set(directoryUrl, made)
    return made
  }
}
