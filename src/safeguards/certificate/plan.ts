import type { Plan, Step } from '../../core/safeguard.ts'
import { holdUntil, renewalState } from './renewal.ts'
import type { Desired, Do, Observed, Stored } from './types.ts'

/** A certificate that covers exactly the names, in time, and a copy of it where one is wished. */
export function plan(desired: Desired, observed: Observed): Plan<Do> {
  if (observed.stored.is === 'unknown') {
    return { steps: [], left: [`the certificate is not known (${observed.stored.because})`] }
  }
  const wanted = reasonToIssue(desired, observed)
  const hold = wanted === undefined ? undefined : holdUntil(observed.attempts, observed.now)
  const because = hold === undefined ? wanted : undefined
  const issuing = because === undefined ? [] : issueSteps(desired, observed, because)
  const stored = observed.stored.is === 'known' ? observed.stored.value : undefined
  const copyIsOld =
    stored !== undefined &&
    (observed.copied.is !== 'known' || observed.copied.value !== stored.fingerprint)
  const copying =
    desired.copyTo !== undefined && (because !== undefined || copyIsOld)
      ? [copyStep(desired.copyTo, observed)]
      : []
  return {
    steps: [...issuing, ...copying],
    left:
      hold === undefined
        ? []
        : [
            `no certificate is asked for before ${hold.toISOString()}: ${observed.attempts.length} attempts failed, and the authority allows few`,
          ],
  }
}

/** `undefined` when the stored certificate is as wished. */
function reasonToIssue(desired: Desired, { stored, renewAt, now }: Observed): string | undefined {
  if (stored.is !== 'known') return 'there is none'
  const { names, directory } = stored.value
  const missing = desired.names.filter((name) => !names.includes(name))
  if (missing.length > 0) return `${missing.join(', ')} is not in the one there is`
  const extra = names.filter((name) => !desired.names.includes(name))
  if (extra.length > 0) return `${extra.join(', ')} is no longer wished`
  if (directory !== desired.directory) return 'the one there is comes from another authority'
  const state = renewalState(stored.value, renewAt, now)
  if (state === 'not yet') return undefined
  return state === 'ended'
    ? 'the one there is has ended'
    : `the one there is ends ${day(stored.value)}`
}

const day = ({ notAfter }: Stored): string => notAfter.toISOString().slice(0, 10)

function issueSteps(
  { names, directory, staging, profile, preferredChain }: Desired,
  { stored, rehearsed }: Observed,
  because: string,
): Step<Do>[] {
  const list = names.join(', ')
  const rehearsing = stored.is !== 'known' && staging !== undefined && !rehearsed
  return [
    ...(rehearsing
      ? [
          {
            says: `rehearse a certificate for ${list} at ${host(staging)}`,
            does: { verb: 'rehearse', names, directory: staging, profile },
          } as const,
        ]
      : []),
    {
      says: `get a certificate for ${list} from ${host(directory)} (${because})`,
      does: {
        verb: 'issue',
        names,
        directory,
        profile,
        preferredChain,
        replaces: stored.is === 'known' ? stored.value.fingerprint : undefined,
      },
    },
  ]
}

const host = (url: string): string => new URL(url).host

const copyStep = (folder: string, { copied }: Observed): Step<Do> => ({
  says: `put fullchain.pem and privkey.pem into ${folder}`,
  does: { verb: 'copy', folder, was: copied.is === 'known' ? copied.value : undefined },
})
