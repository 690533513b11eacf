import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

import { build } from './cache.ts'

const run = promisify(execFile)

/** The version of an installed package, without epoch and Debian revision, or undefined. `root` is another Debian's folder. */
export async function installedVersion(name: string, root = '/'): Promise<string | undefined> {
  const { stdout } = await run('dpkg-query', [
    `--admindir=${root}/var/lib/dpkg`,
    '--show',
    '--showformat=${db:Status-Status} ${Version}',
    name,
  ]).catch(() => ({ stdout: '' }))
  const [status, version] = stdout.split(' ')
  return status === 'installed' ? version?.replace(/^\d+:/u, '').replace(/-[^-]*$/u, '') : undefined
}

/** Installs what is missing of these packages on this machine. For tools without a service: a daemon goes into a root of its own. */
export async function installHere(names: readonly string[]): Promise<void> {
  const versions = await Promise.all(names.map(async (name) => await installedVersion(name)))
  const missing = names.filter((_, index) => versions[index] === undefined)
  if (missing.length === 0) return
  const apt = 'apt-get --quiet --assume-yes --no-install-recommends -o DPkg::Lock::Timeout=300'
  await build(
    'apt',
    [
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'sh',
      '-c',
      `${apt} update; exec ${apt} install "$@"`,
      'sh',
      ...missing,
    ],
    10,
  )
}

/**
 * Where this machine's apt gets Debian from, and how: roots are built from the same place.
 * Known at run time only; which mirror a machine uses is nobody else's business.
 */
export async function mirror(): Promise<{ readonly url: string; readonly settings: string }> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const codename = /^VERSION_CODENAME=(\S+)/mu.exec(release)?.[1]
  if (!/^ID=debian$/mu.test(release) || !codename) throw new Error('this is not a Debian system')
  const { stdout: targets } = await run('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI) $(CODENAME) $(COMPONENT)',
    'Created-By: Packages',
  ])
  const line = targets.split('\n').find((target) => target.endsWith(` ${codename} main`))
  if (!line) throw new Error(`apt knows no mirror of ${codename}; run apt-get update`)
  const { stdout: dump } = await run('apt-config', ['dump'])
  const settings = dump
    .split('\n')
    .filter((setting) =>
      /^Acquire::(?:https?|Check-|Max-FutureTime|Retries|ForceIPv)/u.test(setting),
    )
  return { url: line.split(' ')[0] ?? '', settings: settings.join('\n') }
}
