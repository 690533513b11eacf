import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { errorCode, Problem } from '../../core/problem.ts'

/** Only the owner may read it: the mode of everything in the data folder. */
const ownerOnly = 0o600

/**
 * Writes a file so that a reader, or a power cut at any instant, sees the old content or the new one.
 *
 * The content goes to a temporary file in the same folder, reaches the disk (fsync), is renamed, and
 * the folder is synced. Throws Problem `disk/full` or `disk/not-writable`; then the old content stands.
 */
export const writeAtomic = (
  path: string,
  content: string | Uint8Array,
  mode: number = ownerOnly,
): Promise<void> => writeTogether([{ path, content, mode }])

export type NewFile = {
  readonly path: string
  readonly content: string | Uint8Array
  readonly mode?: number
}

/**
 * The same for several files that belong together: all of them are on the disk before the first is renamed,
 * so that a full disk changes none, and only a kill between two renames changes some.
 */
export async function writeTogether(files: readonly NewFile[]): Promise<void> {
  const written: { readonly temporary: string; readonly path: string }[] = []
  let at = ''
  try {
    for (const { path, content, mode } of files) {
      at = path
      const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      written.push({ temporary, path })
      await writeWhole(temporary, content, mode ?? ownerOnly)
    }
    for (const { temporary, path } of written) await rename(temporary, path)
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) await syncFolder(folder)
  } catch (cause) {
    for (const { temporary } of written) await rm(temporary, { force: true }).catch(() => undefined)
    throw diskProblem(at, cause)
  }
}

async function writeWhole(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes a rename in the folder survive a power cut (POSIX: a directory entry is data of its folder). */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The content, or `undefined` when there is no such file. Any other failure is a Problem `disk/not-readable`. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    return nothingIfMissing(path, cause)
  }
}

/**
 * The same at once, for a few kilobytes that were just written and are in memory: what the thread pool does in turns of
 * the event loop takes the longer the busier the gateway is, and its new certificate waits for it.
 */
export function readNowIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    return nothingIfMissing(path, cause)
  }
}

function nothingIfMissing(path: string, cause: unknown): undefined {
  if (errorCode(cause) === 'ENOENT' || errorCode(cause) === 'ENOTDIR') return undefined
  throw new Problem('disk/not-readable', `cannot read ${path}`, {
    hint: `check the owner and the mode of ${path}`,
    cause,
  })
}

export function diskProblem(path: string, cause: unknown): Problem {
  const code = errorCode(cause)
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new Problem('disk/full', `the disk is full, ${path} was not written`, {
        hint: 'make room and run the command again; nothing was lost',
        cause,
      })
    : new Problem('disk/not-writable', `cannot write ${path} (${code ?? 'unknown reason'})`, {
        hint: `check the owner and the mode of ${dirname(path)}`,
        cause,
      })
}
