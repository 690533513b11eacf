import type { Plan } from '../../core/safeguard.ts'
import { sameSettings } from './settings.ts'
import type { Do, Observed } from './types.ts'

export function undo(did: Do, { http, core }: Observed): Plan<Do> {
  if (did.verb === 'set-external-url') {
    if (core.is !== 'known')
      return left('the external URL in Home Assistant could not be looked at')
    if (core.value.externalUrl !== did.now)
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
  if (http.is !== 'known') return left('the http settings of Home Assistant could not be looked at')
  if (sameSettings(http.value.stable, did.was))
    return left('the http settings of Home Assistant are as they were already')
  if (!sameSettings(http.value.stable, did.now))
    return left('the http settings of Home Assistant were changed since')
  return {
    steps: [
      {
        says: 'put the http settings of Home Assistant back (it restarts once)',
        does: { verb: 'set-http', was: did.now, now: did.was },
      },
    ],
    left: [],
  }
}

const left = (because: string): Plan<Do> => ({ steps: [], left: [because] })
