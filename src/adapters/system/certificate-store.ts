import { createHash, X509Certificate } from 'node:crypto'
import { lstat, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

import { belongTogether, checkPair } from '../../core/certificate.ts'
import type { DataFolder } from '../../core/data-folder.ts'
import { jsonOf } from '../../core/json.ts'
import { readIfThere, syncFolder, writeAtomic, diskProblem } from './files.ts'

export type StoredCertificate = {
  readonly chainPem: string
  readonly keyPem: string
  readonly directory: string
}

const meta = z.object({ directory: z.string() })

/**
 * The certificate in use. `live` is a symlink to a folder with both files, and switching it switches
 * both: no reader, and no power cut, ever finds a key beside another key's certificate.
 */
export const certificateStore = (folder: DataFolder) => ({
  async load(): Promise<StoredCertificate | undefined> {
    const [chainPem, keyPem, about] = await Promise.all([
      readIfThere(folder.certificate.chain),
      readIfThere(folder.certificate.key),
      readIfThere(join(folder.certificate.folder, 'live', 'about.json')),
    ])
    if (chainPem === undefined || keyPem === undefined || !belongTogether(chainPem, keyPem))
      return undefined
    const parsed = meta.safeParse(jsonOf(about ?? ''))
    return { chainPem, keyPem, directory: parsed.success ? parsed.data.directory : '' }
  },

  /**
   * Throws Problem `disk/…` where a certificate could not be kept. To be asked before one is ordered: five a
   * week are to be had, and one that cannot be written down is gone.
   */
  async ensureRoom(): Promise<void> {
    const trial = join(folder.certificate.folder, '.room')
    await writeAtomic(trial, Buffer.alloc(roomFor))
    await rm(trial, { force: true })
  },

  /** Throws Problem `certificate/unusable` or `disk/…`; then the one before stays in use. */
  async install(wanted: StoredCertificate, names: readonly string[], now: Date): Promise<void> {
    checkPair(wanted.chainPem, wanted.keyPem, names, now)
    const version = new X509Certificate(wanted.chainPem).serialNumber.toLowerCase()
    const at = join(folder.certificate.folder, version)
    await writeAtomic(join(at, 'privkey.pem'), wanted.keyPem)
    await writeAtomic(join(at, 'fullchain.pem'), wanted.chainPem)
    await writeAtomic(
      join(at, 'about.json'),
      `${JSON.stringify({ directory: wanted.directory })}\n`,
    )
    await switchTo(folder.certificate.folder, version)
    await removeOlder(folder.certificate.folder, version)
  },
})

/** A chain, a key, and their folder, generously. */
const roomFor = 64 * 1024

async function switchTo(folder: string, version: string): Promise<void> {
  const temporary = join(folder, '.live')
  const live = join(folder, 'live')
  try {
    await rm(temporary, { force: true })
    await symlink(version, temporary)
    // Some backups put a folder back where the link was.
    if (await isFolder(live)) await rm(live, { recursive: true })
    await rename(temporary, live)
    await syncFolder(folder)
  } catch (cause) {
    throw diskProblem(join(folder, 'live'), cause)
  }
}

const isFolder = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined))?.isDirectory() ?? false

/** What is not in use is only a key lying around. */
async function removeOlder(folder: string, version: string): Promise<void> {
  const others = (await readdir(folder)).filter(
    (name) => /^[0-9a-f]+$/.test(name) && name !== version,
  )
  await Promise.all(others.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}

const account = z.object({
  keyPem: z.string(),
  url: z.string().optional(),
  nextKeyPem: z.string().optional(),
})

type StoredAccount = {
  readonly keyPem: string
  readonly url: string | undefined
  readonly nextKeyPem?: string | undefined
}

/** The ACME account at one authority: its limits count per account, so it must survive a reinstall. */
export function accountStore(folder: DataFolder, directory: string) {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 8)
  const path = join(
    folder.account,
    `${new URL(directory).hostname.replaceAll(':', '_')}-${name}.json`,
  )
  return {
    async load(): Promise<StoredAccount | undefined> {
      const parsed = account.safeParse(jsonOf((await readIfThere(path)) ?? ''))
      return parsed.success ? { url: undefined, ...parsed.data } : undefined
    },
    async save(wanted: StoredAccount): Promise<void> {
      await mkdir(folder.account, { recursive: true, mode: 0o700 })
      await writeAtomic(path, `${JSON.stringify(wanted)}\n`)
    },
  }
}

const rehearsals = z.record(z.string(), z.string())

/** Which sets of names were certified by the staging authority: rehearsed once, not at every renewal. */
export function rehearsalStore(folder: DataFolder) {
  const path = join(folder.account, 'rehearsed.json')
  const load = async () => {
    const parsed = rehearsals.safeParse(jsonOf((await readIfThere(path)) ?? '{}'))
    return parsed.success ? parsed.data : {}
  }
  return {
    has: async (names: readonly string[]): Promise<boolean> =>
      (await load())[[...names].sort().join()] !== undefined,
    add: async (names: readonly string[], at: Date): Promise<void> =>
      writeAtomic(
        path,
        `${JSON.stringify({ ...(await load()), [[...names].sort().join()]: at.toISOString() })}\n`,
      ),
  }
}
