import { fileURLToPath } from 'node:url'
import { readFile, writeFile } from 'node:fs/promises'

import { anotherName, type BadInput } from './bad-input.ts'

const wrongClock = fileURLToPath(new URL('wrong-clock.ts', import.meta.url))

/** What is wrong with this machine, or was written into its configuration. A full disk is in lab/stories. */
export const machine: readonly BadInput[] = [
  {
    name: 'a clock that is a year late',
    environment: () => ({ ...anotherName(), NODE_OPTIONS: `--import=${wrongClock}` }),
    exit: 1,
    code: 'clock/wrong',
    says: /the clock of this machine is wrong by 36[45] d/,
    hint: /set the clock/,
  },
  {
    name: 'five mistakes in the configuration at once',
    async plant({ configuration }) {
      const before = await readFile(configuration, 'utf8')
      await writeFile(
        configuration,
        'names: [nope]\npublic_port: 8123\ngateway: {local: [10.0.0.1/8]}\nedge: {countries: [xx]}\nhome_assistant: {url: nope}\n',
      )
      return () => writeFile(configuration, before)
    },
    exit: 64,
    code: 'configuration/invalid',
    says: /5 things in \S+ cannot be used[^]*line 1: names\[0\][^]*line 2: public_port[^]*line 3: gateway\.local\[0\][^]*line 4: edge\.countries\[0\][^]*line 5: home_assistant\.url/,
    hint: /mend \S+ and run the command again/,
  },
]
