import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Fault } from './fault.ts'

export const pullsNotDemanded: Fault = {
  name: 'somebody told the gateway to demand no client certificate',
  async plant({ folder }) {
    const file = join(folder, 'gatehouse-data/gateway.json')
    const before = await readFile(file)
    await writeFile(file, '{"pulls":"off"}')
    return () => writeFile(file, before)
  },
  broken: ['pulls/not-enforced', 'origin/other-tenant'],
  notBroken: ['pulls/off', 'origin/open', 'origin/not-reached'],
  cause: 'pulls/not-enforced',
}
