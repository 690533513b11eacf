import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { build, cache } from '../toolbox/cache.ts'
import { debianRoot, type Suite } from '../toolbox/debian-root.ts'

/** The versions the suites run against: what people have now, the first of the store world, the last of the YAML world. */
export const installations = {
  newest: { requirement: 'homeassistant', suite: 'sid', python: 'python3.14' },
  '2026.8': { requirement: 'homeassistant==2026.8.*', suite: 'sid', python: 'python3.14' },
  '2026.2': { requirement: 'homeassistant==2026.2.*', suite: 'trixie', python: 'python3.13' },
} as const satisfies Record<string, { requirement: string; suite: Suite; python: string }>

export type InstallationName = keyof typeof installations

export type Installation = {
  /** Of the `homeassistant` package, as installed. */
  readonly version: string
  /** The command that runs this one where Home Assistant is installed: same process, same network. */
  enter(command: readonly string[], folders?: readonly string[]): string[]
  /** Its Python, inside. */
  readonly python: string
}

/** Why Home Assistant cannot be had on this machine: what a test prints when it skips itself. */
export type NoInstallation = { readonly missing: string }

/** After so long the newest is looked for again. */
const freshMs = 7 * 24 * 3_600_000

/**
 * The real Home Assistant, from its package on PyPI, installed below the cache in a Debian root whose Python it takes
 * (2026.3 and later need 3.14). The first time takes minutes. Never throws.
 */
export async function installation(name: InstallationName): Promise<Installation | NoInstallation> {
  try {
    return await install(name)
  } catch (error) {
    return {
      missing: `Home Assistant ${name}: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

async function install(name: InstallationName): Promise<Installation> {
  const { requirement, suite, python } = installations[name]
  // Some of its dependencies have no wheel for every Python, and are built.
  const root = await debianRoot(suite, [
    python,
    `${python}-venv`,
    `${python}-dev`,
    'gcc',
    'g++',
    'libc6-dev',
    'ca-certificates',
  ])
  const folder = join(cache, 'home-assistant', name)
  const versionFile = join(folder, 'version')
  if (!(await isFresh(versionFile, name))) {
    await mkdir(folder, { recursive: true })
    const authorities = join(cache, 'home-assistant', 'authorities.pem')
    await copyFile(await authoritiesHere(), authorities)
    const here = import.meta.dirname
    const script = join(here, 'install.sh')
    await build(
      `home-assistant-${name}`,
      root.enter(['/bin/sh', script, folder, python, requirement, authorities, here]),
      25,
    ).catch((error: unknown) => {
      // A newest that cannot be looked for is no reason not to use the one that is there.
      if (!existsSync(versionFile)) throw error
    })
  }
  return {
    version: (await readFile(versionFile, 'utf8')).trim(),
    enter: (command, folders) => root.enter(command, folders),
    python: join(folder, 'venv/bin/python'),
  }
}

async function isFresh(versionFile: string, name: InstallationName): Promise<boolean> {
  const found = await stat(versionFile).catch(() => undefined)
  return found !== undefined && (name !== 'newest' || Date.now() - found.mtimeMs < freshMs)
}

/** The authorities this machine trusts, which may be more than Debian's. */
async function authoritiesHere(): Promise<string> {
  const places = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt']
  const found = places.find((place) => existsSync(place))
  if (found === undefined) throw new Error('no file of trusted authorities on this machine')
  return await Promise.resolve(found)
}
