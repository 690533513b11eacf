import { stat } from 'node:fs/promises'
import { join } from 'node:path'

import { checkPair, factsOf } from '../../core/certificate.ts'
import { readIfThere, writeAtomic } from './files.ts'

/**
 * Puts the pair where Home Assistant reads it. The folder is not ours, so it is plain files: both are
 * checked first, the key goes first, and only a restart within those milliseconds could see a mismatch.
 */
export async function copyCertificate(
  pair: { readonly chainPem: string; readonly keyPem: string },
  folder: string,
  names: readonly string[],
  now: Date,
): Promise<void> {
  checkPair(pair.chainPem, pair.keyPem, names, now)
  await writeAtomic(join(folder, 'privkey.pem'), pair.keyPem)
  await writeAtomic(join(folder, 'fullchain.pem'), pair.chainPem, 0o644)
}

/** Fingerprint of the certificate in the folder; `undefined` when there is none that can be read. */
export async function copiedCertificate(folder: string): Promise<string | undefined> {
  const chainPem = await readIfThere(join(folder, 'fullchain.pem'))
  try {
    return chainPem === undefined ? undefined : factsOf(chainPem).fingerprint
  } catch {
    return undefined
  }
}

export async function isReadableByOthers(path: string): Promise<boolean> {
  try {
    return ((await stat(path)).mode & 0o077) !== 0
  } catch {
    return false
  }
}
