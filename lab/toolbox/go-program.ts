import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { run } from './run.ts'
import { build, cache } from './cache.ts'
import type { GoEntry } from './catalogue.ts'
import { debianRoot } from './debian-root.ts'

/** The path of the program, built once from its module: two or three minutes for lego and its two hundred providers. */
export async function goProgram({ module, version, program }: GoEntry): Promise<string> {
  const folder = join(cache, 'go')
  const name = `${program.split('/').at(-1)}-${version}`
  const file = join(folder, name)
  if (existsSync(file)) return file
  await mkdir(folder, { recursive: true })
  const script = join(import.meta.dirname, 'go-program.sh')
  await build(
    `go-${name}`,
    await withGo(['/bin/sh', script, file, 'go', module, version, program]),
    15,
  )
  return file
}

/** The machine's own Go if it has one that is new enough, or else Debian's. */
async function withGo(command: readonly string[]): Promise<readonly string[]> {
  const { text } = await run(['go', 'env', 'GOVERSION']).catch(() => ({ text: '' }))
  const minor = Number(/^go1\.(\d+)/u.exec(text.trim())?.[1] ?? 0)
  return minor >= 24
    ? command
    : (await debianRoot('sid', ['golang-go', 'ca-certificates'])).enter(command)
}
