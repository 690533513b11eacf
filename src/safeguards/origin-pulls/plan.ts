import { days, since } from '../../core/duration.ts'
import type { Plan, Step } from '../../core/safeguard.ts'
import type { AtEdge, Desired, Do, Leaf, Mode, Observed } from './types.ts'

/** Enough for a holiday with the machine off. */
const renewBefore = days(60)
/** A leaf lives for a year: its authority is followed by another before it could not sign a whole one. */
const leafLife = days(365)
/** The edge has hundreds of places; one of them may present the old certificate for a while. */
const retireAfter = days(1)
/** Certificates per zone (Cloudflare docs, 2026). */
const quota = 10

/**
 * In this order and no other: our certificate is at the edge and in use there, it has arrived at the
 * gateway, and only then is it demanded. Enforcing earlier would shut everybody out.
 */
export function plan(desired: Desired, observed: Observed): Plan<Do> {
  const { mode, certificates, associations } = observed
  if (mode.is !== 'known')
    return left(
      `what the gateway demands is left as it is: ${mode.is === 'unknown' ? mode.because : 'it is not known'}`,
    )
  if (desired.mode === 'off')
    return { steps: mode.value === 'off' ? [] : [demand(mode.value, 'off')], left: [] }
  if (desired.tls === 'home-assistant')
    return left(
      'origin pulls are not demanded: Home Assistant would ask every client at home for the certificate too (use `tls: gateway`)',
    )
  if (certificates.is !== 'known' || associations.is !== 'known') {
    const because =
      certificates.is === 'unknown'
        ? certificates.because
        : associations.is === 'unknown'
          ? associations.because
          : 'they are not there'
    return left(`origin pulls are left as they are: ${because}`)
  }

  const making = makeSteps(observed)
  const leaf = making.length === 0 && observed.leaf.is === 'known' ? observed.leaf.value : undefined
  const uploaded = certificates.value.find(({ fingerprint }) => fingerprint === leaf?.fingerprint)
  if (!uploaded && certificates.value.filter(({ ours }) => !ours).length >= quota) {
    return left(
      `origin pulls are left as they are: the zone has ${quota} client certificates of somebody else, and no room for ours`,
    )
  }
  const upload: Step<Do>[] =
    uploaded?.active === true
      ? []
      : [
          {
            says: 'give the edge a client certificate of our own, and wait until it has it everywhere',
            does: { verb: 'upload' },
          },
        ]
  const associate = desired.names
    .filter((name) => !isAssociated(associations.value[name], uploaded))
    .map((host): Step<Do> => ({
      says: `let the edge present it to the origin of ${host}`,
      does: { verb: 'associate', host, was: associations.value[host] },
    }))
  const seen = observed.seen.is === 'known' && leaf !== undefined && associate.length === 0
  const see: Step<Do>[] = seen
    ? []
    : [
        {
          says: `see it arrive with a request to ${desired.names[0] ?? ''} through the edge`,
          does: { verb: 'see', host: desired.names[0] ?? '' },
        },
      ]
  const old = certificates.value.filter(({ ours, id }) => ours && id !== uploaded?.id)
  return {
    steps: [
      ...making,
      ...accepting(observed, making),
      ...makeRoom(certificates.value, old, uploaded),
      ...upload,
      ...associate,
      ...(mode.value === 'off' ? [demand('off', 'optional')] : []),
      ...(mode.value === 'required' && seen ? [] : see),
      ...(mode.value === 'required' ? [] : [demand('optional', 'required')]),
      ...old
        .filter(({ id }) => !roomMade(certificates.value, old, uploaded).includes(id))
        .map(removal),
      ...(seen && old.length === 0 ? retiring(observed) : []),
    ],
    left: [],
  }
}

/** Before anything else: whom the gateway does not accept it shuts out. */
function accepting({ authority, accepted }: Observed, making: readonly Step<Do>[]): Step<Do>[] {
  const makes = making.some(({ does }) => does.verb === 'make-authority')
  if (makes || authority.is !== 'known' || accepted.includes(authority.value.fingerprint)) return []
  return [
    {
      says: 'let the gateway accept what our authority signed',
      does: { verb: 'accept', alone: false },
    },
  ]
}

/** The ones before, once what the one in use signed has arrived for a day, and nothing else of ours is at the edge. */
function retiring({ authority, accepted, seen, now }: Observed): Step<Do>[] {
  if (authority.is !== 'known' || seen.is !== 'known') return []
  const own = authority.value.fingerprint
  const others = accepted.filter((fingerprint) => fingerprint !== own)
  if (others.length === 0 || since(seen.value, now) < retireAfter) return []
  return [
    {
      says: 'let the gateway no longer accept what our authority before this one signed',
      does: { verb: 'accept', alone: true },
    },
  ]
}

function makeSteps({ authority, leaf, now }: Observed): Step<Do>[] {
  if (authority.is !== 'known' || since(now, authority.value.notAfter) < leafLife + renewBefore) {
    return [
      {
        says: 'make an authority of our own for the client certificate of the edge',
        does: { verb: 'make-authority' },
      },
      { says: 'make the client certificate of the edge', does: { verb: 'make-leaf' } },
    ]
  }
  if (leaf.is === 'known' && !endsSoon(leaf.value, now)) return []
  return [
    {
      says:
        leaf.is === 'known'
          ? 'make the next client certificate of the edge (this one ends soon)'
          : 'make the client certificate of the edge',
      does: { verb: 'make-leaf' },
    },
  ]
}

const endsSoon = ({ notAfter }: Leaf, now: Date): boolean => since(now, notAfter) < renewBefore

/** It should have been replaced, and was not. */
export const isLate = ({ notAfter }: Leaf, now: Date): boolean =>
  since(now, notAfter) < renewBefore / 2

const isAssociated = (
  found:
    | {
        readonly certificateId: string | undefined
        readonly enabled: boolean
        readonly active: boolean
      }
    | undefined,
  uploaded: AtEdge | undefined,
): boolean =>
  uploaded !== undefined && found?.certificateId === uploaded.id && found.enabled && found.active

const demandSays: Readonly<Record<Mode, string>> = {
  off: 'the gateway no longer asks for the client certificate',
  optional: 'the gateway asks for it and still serves who has none',
  required: 'the gateway serves nobody from the edge without it',
}

const demand = (was: Mode, now: Mode): Step<Do> => ({
  says: demandSays[now],
  does: { verb: 'demand', was, now },
})

const removal = ({ id, fingerprint }: AtEdge): Step<Do> => ({
  says: 'remove an older client certificate of ours from the edge',
  does: { verb: 'remove', id, fingerprint },
})

/** With a full zone an old one of ours has to go first; the first that is not in use. */
function roomMade(
  all: readonly AtEdge[],
  old: readonly AtEdge[],
  uploaded: AtEdge | undefined,
): string[] {
  return uploaded || all.length < quota ? [] : old.slice(0, 1).map(({ id }) => id)
}

const makeRoom = (
  all: readonly AtEdge[],
  old: readonly AtEdge[],
  uploaded: AtEdge | undefined,
): Step<Do>[] => old.filter(({ id }) => roomMade(all, old, uploaded).includes(id)).map(removal)

const left = (because: string): Plan<Do> => ({ steps: [], left: [because] })
