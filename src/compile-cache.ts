import { statSync, mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

/**
 * Keeps what Node compiles under the owner's cache folder, so that every command after the first starts in
 * half the time: on a small machine that is seconds. Only where the folder is this user's own: whoever can
 * write there decides what runs.
 */
export function keepCompiled(environment: Readonly<Record<string, string | undefined>>): void {
  const { XDG_CACHE_HOME: given, HOME: home } = environment
  const parent = given !== undefined && given !== '' ? given : home && join(home, '.cache')
  if (parent === undefined || parent === '') return
  const folder = join(parent, 'gatehouse')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { uid, mode } = statSync(folder)
    if (uid === process.getuid?.() && (mode & 0o022) === 0) enableCompileCache(folder)
  } catch {
    // Without a place for it everything works the same, only later.
  }
}
