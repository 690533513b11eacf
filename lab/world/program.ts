import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { checkout } from '../toolbox/cache.ts'

/**
 * The true program, as it is shipped: what the lab starts is what a home runs, and starts in half the time of the source.
 * Built anew where something of it changed since.
 */
export const program: string = join(checkout, 'dist/main.js')

/** What the program is made of. */
const sources = ['src', 'packaging/build.ts', 'package.json', 'package-lock.json']

if (newest(sources) > newest(['dist/main.js'])) {
  const { status, stderr } = spawnSync(process.execPath, [join(checkout, 'packaging/build.ts')], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the program could not be built:\n${stderr}`)
}

/** When anything of these was changed last; 0 where there is nothing. */
function newest(places: readonly string[]): number {
  return Math.max(
    0,
    ...places.map((place) => {
      const path = join(checkout, place)
      const found = statSync(path, { throwIfNoEntry: false })
      const within = found?.isDirectory() ? readdirSync(path) : []
      // A folder's own time tells of a file that went.
      return Math.max(found?.mtimeMs ?? 0, newest(within.map((name) => join(place, name))))
    }),
  )
}
