import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { build, cache } from './cache.ts'

/**
 * A package at an exact version, installed apart in the cache and without its scripts: for what is too heavy to be
 * everybody's dependency. Answers with the `require` that finds it.
 */
export async function npmPackage(name: string, version: string): Promise<NodeJS.Require> {
  const folder = join(cache, 'npm', `${name.replace('/', '+')}@${version}`)
  if (!existsSync(folder)) {
    await mkdir(join(cache, 'npm'), { recursive: true })
    const script =
      '[ -d "$1" ] && exit 0; rm -rf "$1.partial" && mkdir "$1.partial" && ' +
      'npm install --prefix "$1.partial" --ignore-scripts --no-audit --no-fund --no-package-lock "$2" && mv "$1.partial" "$1"'
    await build(
      `npm-${name.replace('/', '+')}`,
      ['sh', '-c', script, 'sh', folder, `${name}@${version}`],
      10,
    )
  }
  return createRequire(join(folder, 'package.json'))
}
