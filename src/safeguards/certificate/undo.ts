import type { Plan } from '../../core/safeguard.ts'
import type { Do } from './types.ts'

/** A certificate cannot be un-issued; it harms nobody, and revoking it would only make noise. */
export function undo(did: Do): Plan<Do> {
  switch (did.verb) {
    case 'rehearse':
      return { steps: [], left: [] }
    case 'issue':
      return {
        steps: [],
        left: [`the certificate for ${did.names.join(', ')} stays until it ends`],
      }
    case 'copy':
      return {
        steps: [],
        left: [`the certificate in ${did.folder} stays, since Home Assistant may need it to start`],
      }
  }
}
