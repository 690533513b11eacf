import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { build, cache } from '../toolbox/cache.ts'
import { tool } from '../toolbox/tool.ts'

export type Programs = { readonly generator: string; readonly upstream: string }

const sources = join(import.meta.dirname, 'c')

/**
 * The generator and the upstream, built from `c/` once for each state of the sources.
 * Rejects with the reason where there is no compiler or no OpenSSL to build with.
 */
export async function loadPrograms(): Promise<Programs> {
  const compiler = await tool('cc')
  if ('missing' in compiler) throw new Error(compiler.missing)
  const files = readdirSync(sources).toSorted()
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(join(sources, file)))
  const folder = join(cache, 'load', hash.digest('hex').slice(0, 16))
  const programs = { generator: join(folder, 'generator'), upstream: join(folder, 'upstream') }
  if (existsSync(folder)) return programs
  const modes = files.filter((file) => file.endsWith('.c') && file !== 'upstream.c')
  await build(
    'load',
    ['sh', join(import.meta.dirname, 'build.sh'), folder, sources, ...compiler.command, ...modes],
    2,
  )
  return programs
}
