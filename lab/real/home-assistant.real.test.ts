import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { isMap, parseDocument } from 'yaml'

import { contract } from '../simulators/home-assistant/contract/contract.ts'
import type { Home } from '../simulators/home-assistant/contract/home.ts'
import type { Installation } from './installation.ts'
import { onHomeAssistant } from './on-home-assistant.ts'
import { inYaml, startRealHomeAssistant } from './start.ts'

// The contract, against the real Home Assistant of three versions.

await onHomeAssistant(['newest', '2026.8', '2026.2'], (found) => {
  const world = inYaml(found.version) ? 'yaml' : 'store'
  contract(`Home Assistant ${found.version}`, world, (options) => start(found, options))
})

async function start(
  found: Installation,
  options: { onboarded?: boolean; trialSeconds?: number },
): Promise<Home> {
  const home = await startRealHomeAssistant(found, options)
  const file = join(home.folder, 'configuration.yaml')
  const good = await readFile(file, 'utf8')
  return {
    ...home,
    breakConfiguration: (broken) =>
      writeFile(file, broken ? good.replace('unit_system: metric', 'unit_system: none') : good),
    async writeYaml(http) {
      const document = parseDocument(await readFile(file, 'utf8'))
      const block = document.get('http')
      for (const [key, value] of Object.entries(http))
        if (isMap(block)) block.set(key, document.createNode(value))
      await writeFile(file, document.toString())
    },
  }
}
