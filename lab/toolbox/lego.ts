import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { build, cache } from './cache.ts'
import { debianRoot } from './debian-root.ts'
import { run } from './run.ts'

/** The path of lego of that version, built once from its module. */
export async function legoProgram(version: string): Promise<string> {
  const folder = join(cache, 'go')
  const file = join(folder, `lego-${version}`)
  if (existsSync(file)) return file
  await mkdir(folder, { recursive: true })
  const script = join(import.meta.dirname, 'lego.sh')
  await build(`lego-${version}`, await withGo(['/bin/sh', script, file, version]), 10)
  return file
}

/** The machine's own Go if it has one that is new enough, or else Debian's. */
async function withGo(command: readonly string[]): Promise<readonly string[]> {
  const { out } = await run(['go', 'env', 'GOVERSION']).catch(() => ({ out: '' }))
  const minor = Number(/^go1\.(\d+)/u.exec(out.trim())?.[1] ?? 0)
  return minor >= 24
    ? command
    : (await debianRoot('sid', ['golang-go', 'ca-certificates'])).enter(command)
}
