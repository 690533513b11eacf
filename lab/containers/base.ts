import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { build, checkout } from '../toolbox/cache.ts'
import { debianRoot } from '../toolbox/debian-root.ts'
import { npmPackage } from '../toolbox/npm-package.ts'
import { run } from '../toolbox/run.ts'
import type { Engine } from './engine.ts'

/** What app/Dockerfile begins with. No registry of packages has it: ours is Debian trixie with the `node` of npm, of the same version. */
export const base = `docker.io/library/node:${process.version.slice(1)}-trixie-slim`

/** The npm that comes with it. */
const npmVersion = '11.21.2'

/** Makes it where it is not there yet, in half a minute. */
export async function makeBase(engine: Engine): Promise<void> {
  const { code } = await engine.exec(['image', 'exists', base])
  if (code === 0) return
  const { folder } = await debianRoot('trixie', ['libstdc++6', 'libatomic1'], 'trixie-slim')
  const npm = dirname((await npmPackage('npm', npmVersion)).resolve('npm/package.json'))
  const node = dirname(createRequire(join(checkout, 'package.json')).resolve('node/package.json'))
  // Its npm knows the registry of this machine, and whom it trusts there, as a person's engine knows them from its settings.
  const script = `set -eu
root=$1 node=$2 npm=$3 settings=$4 authorities=$5
shift 5
cp "$node" "$root/usr/local/bin/node"
rm -rf "$root/usr/local/lib/node_modules/npm" && mkdir -p "$root/usr/local/lib/node_modules" "$root/usr/local/etc"
cp -a "$npm" "$root/usr/local/lib/node_modules/npm"
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
printf %s "$settings" >"$root/usr/local/etc/npmrc"
[ -z "$authorities" ] || cp "$authorities" "$root/usr/local/etc/authorities.pem"
grep -q '^node:' "$root/etc/passwd" || chroot "$root" useradd --uid 1000 --user-group --create-home node
tar --directory "$root" --one-file-system --exclude='./proc/*' --exclude='./dev/*' --create . | "$@"`
  const authorities = '/etc/ssl/certs/ca-certificates.crt'
  const trusted = existsSync(authorities)
  const registry = (await run(['npm', 'config', 'get', 'registry'])).out.trim()
  const settings = `registry=${registry}\n${trusted ? 'cafile=/usr/local/etc/authorities.pem\n' : ''}`
  await build(
    'node-base',
    [
      'sh',
      '-c',
      script,
      'sh',
      folder,
      join(node, 'bin/node'),
      npm,
      settings,
      trusted ? authorities : '',
      ...engine.command(['import', '-', base]),
    ],
    5,
  )
}
