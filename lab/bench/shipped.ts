import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { checkout } from '../toolbox/cache.ts'

/** The environment that the unit of systemd gives the keeper: what is measured is what is shipped. */
export async function shippedEnvironment(): Promise<Readonly<Record<string, string>>> {
  const unit = await readFile(join(checkout, 'packaging/systemd/gatehouse.service'), 'utf8')
  const lines = [...unit.matchAll(/^Environment=([A-Z_]+)=(.*)$/gmu)]
  if (lines.length === 0) throw new Error('the unit says nothing of its environment')
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]))
}
