import type { Plan } from '../../core/safeguard.ts'
import { digestOf } from './plan-yaml.ts'
import { sameSettings } from './settings.ts'
import type { Do, Observed } from './types.ts'

export function undo(did: Do, observed: Observed): Plan<Do> {
  switch (did.verb) {
    case 'await-owner':
    case 'restart':
      return { steps: [], left: [] }
    case 'set-http':
      return undoHttp(did, observed)
    case 'set-yaml':
    case 'restore-yaml':
      return undoYaml(did, observed)
    case 'set-external-url':
      return undoExternalUrl(did, observed)
  }
}

function undoExternalUrl(
  did: Extract<Do, { verb: 'set-external-url' }>,
  { inside }: Observed,
): Plan<Do> {
  if (inside.is !== 'known')
    return left('the external URL in Home Assistant could not be looked at')
  if (inside.value.externalUrl !== did.now)
    return left('the external URL in Home Assistant was changed since')
  return {
    steps: [
      {
        says: `set the external URL in Home Assistant back to ${did.was ?? 'nothing'}`,
        does: { verb: 'set-external-url', was: did.now, now: did.was },
      },
    ],
    left: [],
  }
}

function undoHttp(did: Extract<Do, { verb: 'set-http' }>, { inside }: Observed): Plan<Do> {
  if (inside.is !== 'known' || inside.value.http === undefined)
    return left('the http settings of Home Assistant could not be looked at')
  const { stable } = inside.value.http
  if (sameSettings(stable, did.was))
    return left('the http settings of Home Assistant are as they were already')
  if (!sameSettings(stable, did.now))
    return left('the http settings of Home Assistant were changed since')
  return {
    steps: [
      {
        says: 'put the http settings of Home Assistant back (it restarts once)',
        does: { verb: 'set-http', was: did.now, now: did.was, expects: 'answer' },
      },
    ],
    left: [],
  }
}

function undoYaml(
  did: Extract<Do, { verb: 'set-yaml' | 'restore-yaml' }>,
  { yaml }: Observed,
): Plan<Do> {
  if (yaml.is !== 'known' || yaml.value.file !== did.file)
    return left(`${did.file} of Home Assistant could not be looked at`)
  const now = digestOf(yaml.value.text)
  if (now === did.was) return left(`${did.file} of Home Assistant is as it was already`)
  if (now !== did.now || yaml.value.backup === undefined || digestOf(yaml.value.backup) !== did.was)
    return left(`${did.file} of Home Assistant was changed since`)
  return {
    steps: [
      {
        says: `put ${did.file} of Home Assistant back (it restarts once)`,
        does: { verb: 'restore-yaml', file: did.file, was: did.now, now: did.was },
      },
    ],
    left: [],
  }
}

const left = (because: string): Plan<Do> => ({ steps: [], left: [because] })
