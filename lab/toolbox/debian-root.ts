import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { installedVersion, installHere, mirror } from './apt.ts'
import { build, cache, checkout } from './cache.ts'

export type Suite = 'bookworm' | 'trixie' | 'sid'

export type DebianRoot = {
  readonly suite: Suite
  readonly folder: string
  /**
   * The command that runs this one inside the root: the same process (no wrapper stays behind, so its pid is the
   * command's), the same network; the checkout, the cache and the temporary folder at their own paths, and
   * `folders` besides. The working folder is kept if it is one of those.
   */
  enter(command: readonly string[], folders?: readonly string[]): string[]
}

/**
 * A Debian of that suite under the cache with these packages, built or completed if need be (half a minute, and
 * what the packages take); the system itself stays as it is. `name`: a root
 * apart from the one that everybody shares. Needs root. Rejects with the reason when it cannot be had.
 */
export async function debianRoot(
  suite: Suite,
  packages: readonly string[],
  name: string = suite,
): Promise<DebianRoot> {
  if (process.getuid?.() !== 0)
    throw new Error('it runs in a Debian root of its own, which takes root')
  const folder = join(cache, 'debian', name)
  const versions = await Promise.all(
    packages.map(async (name) => await installedVersion(name, folder)),
  )
  if (!existsSync(folder) || versions.includes(undefined))
    await complete(suite, folder, name, packages)
  return {
    suite,
    folder,
    enter: (command, folders = []) => [
      ...inOwnMounts('enter.sh'),
      folder,
      ...new Set([checkout, cache, tmpdir(), ...folders]),
      '--',
      ...command,
    ],
  }
}

async function complete(
  suite: Suite,
  folder: string,
  name: string,
  packages: readonly string[],
): Promise<void> {
  await installHere(['debootstrap', 'debian-archive-keyring'])
  await mkdir(join(cache, 'debian'), { recursive: true })
  const { url, settings } = await mirror()
  await build(
    `debian-${name}`,
    [...inOwnMounts('debian-root.sh'), folder, suite, url, settings, ...packages],
    15,
  )
}

const inOwnMounts = (script: string): string[] => [
  'unshare',
  '--mount',
  '--',
  '/bin/sh',
  join(import.meta.dirname, script),
]
