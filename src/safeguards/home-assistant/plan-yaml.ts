import { createHash } from 'node:crypto'

import type { Plan, Step } from '../../core/safeguard.ts'
import { describe } from './plan-store.ts'
import { expectsOf, missingChanges, nobodyKnowsWhere, wantedChanges } from './settings.ts'
import type { BlockChanges, Desired, Do, Observed, Yaml } from './types.ts'
import { editBlock, readBlock } from './yaml-edit.ts'

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * Before 2026.8: the file is edited where it can be seen, and taken up where a change was cut off; otherwise the owner is
 * told what to write.
 */
export function planYaml(
  desired: Desired,
  proxies: readonly string[],
  { yaml, outside }: Observed,
): Plan<Do> {
  if (proxies.length === 0) return left(nobodyKnowsWhere)
  const served = outside.is === 'known' && outside.value.acceptsProxy && desired.tls === 'gateway'
  // Lines of the owner's file are added, never taken out: `check` says which.
  const { gone: _, ...wanted } = wantedChanges(desired, proxies)
  if (yaml.is !== 'known') {
    if (served) return left()
    const because = yaml.is === 'unknown' ? ` (${yaml.because})` : ''
    return left(`${theirs}${because}; ${inYaml(wanted)}`)
  }
  const { file, included, text, before } = yaml.value
  if (before !== undefined)
    return { steps: [resume(yaml.value, before, desired, wanted)], left: [] }
  // By whatever address it sees us, it takes us for its proxy.
  if (served && desired.proxy === undefined) return left()
  const missing = missingChanges(readBlock(text, included), wanted)
  if (missing === undefined) return served ? left() : whereItIsNotUsed(file, desired, outside)
  const edited = editBlock(text, included, missing)
  if (edited === undefined)
    return left(
      `\`http:\` in ${file} of Home Assistant is written in a way that is left alone; ${inYaml(wanted)}`,
    )
  return {
    steps: [
      {
        says: `${describe(missing)}: \`http:\` in ${file} (it restarts once; the file is put back if that does not work)`,
        does: {
          verb: 'set-yaml',
          file,
          changes: missing,
          was: digestOf(text),
          now: digestOf(edited),
          expects: expectsOf(desired),
        },
      },
    ],
    left: [],
  }
}

const left = (...says: string[]): Plan<Do> => ({ steps: [], left: says })

/** The file is as wished; Home Assistant read it before it was. */
function whereItIsNotUsed(file: string, { tls }: Desired, outside: Observed['outside']): Plan<Do> {
  const used =
    tls === 'home-assistant' && outside.is === 'known' && outside.value.certificate !== undefined
  return used
    ? left()
    : left(`${file} of Home Assistant is as wished, but Home Assistant does not use it: restart it`)
}

/** The file holds a change that was cut off before it was known to work. */
const resume = (
  { file, text }: Yaml,
  before: string,
  desired: Desired,
  changes: BlockChanges,
): Step<Do> => ({
  says: `finish the change of ${file} of Home Assistant that was cut off (it restarts once; the file is put back if that does not work)`,
  does: {
    verb: 'set-yaml',
    file,
    changes,
    was: digestOf(before),
    now: digestOf(text),
    expects: expectsOf(desired),
  },
})

const theirs =
  'this Home Assistant is older than 2026.8 and has its http settings in YAML, which is not to be seen from here (home_assistant.configuration_folder)'

function inYaml({ proxies, set }: BlockChanges): string {
  const lines = [
    ...Object.entries(set).map(([key, value]) => `  ${key}: ${value}`),
    '  use_x_forwarded_for: true',
    '  trusted_proxies:',
    ...proxies.map((proxy) => `    - ${proxy}`),
  ]
  return `put this into configuration.yaml and restart:\nhttp:\n${lines.join('\n')}`
}
