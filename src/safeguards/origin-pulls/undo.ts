import type { Plan, Step } from '../../core/safeguard.ts'
import type { Do, Observed } from './types.ts'

/** Backwards through the stages: first nobody demands the certificate, then nobody presents it, then it goes. */
export function undo(did: Do, { mode, associations, certificates, leaf }: Observed): Plan<Do> {
  switch (did.verb) {
    case 'demand': {
      if (mode.is !== 'known' || mode.value !== did.now)
        return left('what the gateway demands was changed since')
      return one({
        says: `the gateway demands as before (${did.was})`,
        does: { verb: 'demand', was: did.now, now: did.was },
      })
    }
    case 'associate': {
      const found = associations.is === 'known' ? associations.value[did.host] : undefined
      if (found?.certificateId === undefined)
        return left(`the edge presents nothing for ${did.host} already`)
      return one({
        says: `the edge presents no client certificate for ${did.host} any more`,
        does: { verb: 'dissociate', host: did.host },
      })
    }
    case 'upload': {
      const mine =
        certificates.is === 'known' && leaf.is === 'known'
          ? certificates.value.find(({ fingerprint }) => fingerprint === leaf.value.fingerprint)
          : undefined
      if (!mine) return left('our client certificate is not at the edge any more')
      return one({
        says: 'remove our client certificate from the edge',
        does: { verb: 'remove', id: mine.id, fingerprint: mine.fingerprint },
      })
    }
    case 'remove':
      return left('an older client certificate of ours is not put back')
    case 'make-authority':
    case 'make-leaf':
    case 'accept':
    case 'see':
    case 'dissociate':
      return { steps: [], left: [] }
  }
}

const one = (step: Step<Do>): Plan<Do> => ({ steps: [step], left: [] })
const left = (because: string): Plan<Do> => ({ steps: [], left: [because] })
