import { createHash } from 'node:crypto'

import type { Plan } from '../../core/safeguard.ts'
import { expectsOf, missingProxies, nobodyKnowsWhere } from './settings.ts'
import type { Desired, Do, Expects, Observed, Yaml } from './types.ts'
import { addProxies, asSettings, readBlock } from './yaml-edit.ts'

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
  if (proxies.length === 0) return { steps: [], left: [nobodyKnowsWhere] }
  const accepts = outside.is === 'known' && outside.value.acceptsProxy
  if (yaml.is !== 'known') {
    // With TLS in Home Assistant it meets the edge, which nobody can play from here.
    if (accepts && desired.tls === 'gateway') return { steps: [], left: [] }
    const because = yaml.is === 'unknown' ? ` (${yaml.because})` : ''
    return { steps: [], left: [`${theirs}${because}; ${inYaml(proxies)}`] }
  }
  const { file, included, text, before } = yaml.value
  const block = asSettings(readBlock(text, included))
  const missing = missingProxies(block, proxies)
  const complete = missing.length === 0 && block['use_x_forwarded_for'] === true
  if (before !== undefined)
    return { steps: [resume(yaml.value, before, proxies, expectsOf(desired))], left: [] }
  // By whatever address it sees us, it takes us for its proxy.
  if (accepts && desired.tls === 'gateway' && desired.proxy === undefined)
    return { steps: [], left: [] }
  if (complete)
    return {
      steps: [],
      left:
        accepts || desired.tls === 'home-assistant'
          ? []
          : [
              `${file} of Home Assistant has the proxy, but Home Assistant does not use it: restart it`,
            ],
    }
  const edited = addProxies(text, included, missing)
  if (edited === undefined)
    return {
      steps: [],
      left: [
        `\`http:\` in ${file} of Home Assistant is written in a way that is left alone; ${inYaml(proxies)}`,
      ],
    }
  return {
    steps: [
      {
        says: `let Home Assistant accept ${missing.join(', ')} as its proxy: \`http:\` in ${file} (it restarts once; the file is put back if that does not work)`,
        does: {
          verb: 'set-yaml',
          file,
          proxies: missing,
          was: digestOf(text),
          now: digestOf(edited),
          expects: expectsOf(desired),
        },
      },
    ],
    left: [],
  }
}

/** The file holds a change that was cut off before it was known to work. */
const resume = (
  { file, text }: Yaml,
  before: string,
  proxies: readonly string[],
  expects: Expects,
): Plan<Do>['steps'][number] => ({
  says: `finish the change of ${file} of Home Assistant that was cut off (it restarts once; the file is put back if that does not work)`,
  does: { verb: 'set-yaml', file, proxies, was: digestOf(before), now: digestOf(text), expects },
})

const theirs =
  'this Home Assistant is older than 2026.8 and has its proxies in YAML, which is not to be seen from here'

const inYaml = (proxies: readonly string[]): string =>
  `put this into configuration.yaml and restart:\nhttp:\n  use_x_forwarded_for: true\n  trusted_proxies:\n${proxies.map((proxy) => `    - ${proxy}`).join('\n')}`
