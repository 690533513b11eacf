import { stat } from 'node:fs/promises'
import { join } from 'node:path'

import { belongTogether, checkPair, factsOf } from '../../core/certificate.ts'
import { readIfThere, writeTogether } from './files.ts'

/**
 * Puts the pair where Home Assistant reads it. The folder is not ours, so it is plain files: both are
 * checked and written first, then renamed one after the other, and only a restart between could see a mismatch.
 */
export async function copyCertificate(
  pair: { readonly chainPem: string; readonly keyPem: string },
  folder: string,
  names: readonly string[],
  now: Date,
): Promise<void> {
  checkPair(pair.chainPem, pair.keyPem, names, now)
  await writeTogether([
    { path: join(folder, 'privkey.pem'), content: pair.keyPem },
    { path: join(folder, 'fullchain.pem'), content: pair.chainPem, mode: 0o644 },
  ])
}

/** Fingerprint of the certificate in the folder; `undefined` when there is none, or not with its key. */
export async function copiedCertificate(folder: string): Promise<string | undefined> {
  const [chainPem, keyPem] = await Promise.all(
    ['fullchain.pem', 'privkey.pem'].map((name) => readIfThere(join(folder, name))),
  )
  if (chainPem === undefined || keyPem === undefined) return undefined
  return belongTogether(chainPem, keyPem) ? factsOf(chainPem).fingerprint : undefined
}

/**
 * The pair in the folder, checked as Home Assistant will use it; `undefined`: nothing lies there. Throws Problem
 * `certificate/unusable`.
 */
export async function usablePair(
  folder: string,
  names: readonly string[],
  now: Date,
): Promise<{ readonly fingerprint: string } | undefined> {
  const [chainPem, keyPem] = await Promise.all(
    ['fullchain.pem', 'privkey.pem'].map((name) => readIfThere(join(folder, name))),
  )
  if (chainPem === undefined && keyPem === undefined) return undefined
  checkPair(chainPem ?? '', keyPem ?? '', names, now)
  return { fingerprint: factsOf(chainPem ?? '').fingerprint }
}

export async function isReadableByOthers(path: string): Promise<boolean> {
  try {
    return ((await stat(path)).mode & 0o077) !== 0
  } catch {
    return false
  }
}
