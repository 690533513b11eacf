import type { Link } from '../core/chain.ts'
import type { FindingCode } from '../core/codes.ts'
import { later, milliseconds, minutes } from '../core/duration.ts'
import { finding, type Finding } from '../core/finding.ts'
import type { ProofOutcome } from '../core/proof.ts'
import type { SafeguardName } from '../core/safeguard.ts'
import { visibleAfter } from '../core/visible-after.ts'
import type { Counters } from '../gateway/counters.ts'
import type { Verdict } from '../verification/verdict.ts'
import { nextVisible, openFindings, sightings, type Sightings } from './open-findings.ts'
import type {
  KeeperEvent,
  KeeperStatus,
  Listener,
  LookStatus,
  OpenFinding,
  SafeguardStatus,
  StatusReader,
} from './status.ts'

/** What a look at a safeguard came to. `findings` is undefined where it could not see. */
export type LookReport = {
  readonly look: LookStatus
  readonly failures: number
  /** `undefined`: when somebody asks. */
  readonly nextLook: Date | undefined
  readonly findings: readonly Finding[] | undefined
}

/** The status, and the side of it that the parts of the keeper write on. */
export type Board = StatusReader & {
  looked(name: SafeguardName, report: LookReport): void
  proven(verdict: Verdict): void
  /** What a part of the keeper other than a safeguard finds now: all of it, each time. */
  sees(part: string, findings: readonly Finding[]): void
  put(parts: Partial<Pick<KeeperStatus, 'addresses' | 'certificate'>>): void
  /** Shows what has lasted long enough by now. Returns when there will be more, if nothing else happens. */
  settle(): Date | undefined
}

export type BoardOptions = {
  readonly safeguards: readonly SafeguardName[]
  readonly now: () => Date
  readonly gateway?: (() => Counters) | undefined
}

export function newBoard({ safeguards, now, gateway }: BoardOptions): Board {
  const startedAt = now().toISOString()
  const looks = new Map<SafeguardName, SafeguardStatus>(
    safeguards.map((name) => [
      name,
      { name, lastLook: null, nextLook: null, failures: 0, findings: [] },
    ]),
  )
  const seen = new Map<string, readonly Finding[]>()
  const listeners = new Set<Listener>()
  const told = new Map<string, OpenFinding>()
  /** When each was explained by another for the last time. */
  const explained = new Map<FindingCode, Date>()
  let parts: Pick<KeeperStatus, 'addresses' | 'certificate'> = {
    addresses: { ipv4: notLooked, ipv6: notLooked },
    certificate: null,
  }
  let verdict: Verdict | null = null
  let since: Sightings = new Map()
  let open: readonly OpenFinding[] = []

  const emit = (event: KeeperEvent): void => {
    for (const listener of listeners) listener(event)
  }

  const settle = (): Date | undefined => {
    const all = [...seen.values()].flat()
    since = sightings(since, all, now())
    open = openFindings(since, all, now())
    const at = now().toISOString()
    for (const [code, finding] of told) {
      if (open.some((each) => each.code === code)) continue
      told.delete(code)
      emit({ is: 'mended', at, finding })
    }
    for (const code of explained.keys()) if (!since.has(code)) explained.delete(code)
    for (const finding of open) {
      const { code, because } = finding
      if (because.length > 0) explained.set(code, now())
      if (because.length > 0 || told.has(code) || now() < (tellableAt(code) ?? now())) continue
      told.set(code, finding)
      emit({ is: 'opened', at, finding })
    }
    return nextVisible(since, now())
  }

  /** What was a symptom until now gets the time to go with its cause. */
  const tellableAt = (code: FindingCode): Date | undefined => {
    const until = explained.get(code)
    return until && later(until, milliseconds(Math.max(visibleAfter(code), symptomsGoWithin)))
  }

  const sees = (part: string, findings: readonly Finding[]): void => {
    // What could not be looked at is not known; that it could not be is a finding of its own.
    seen.set(
      part,
      findings.filter(({ unseen }) => unseen !== true),
    )
    settle()
  }

  return {
    read: () => ({
      startedAt,
      verdict,
      links: linksOf(verdict, open),
      safeguards: [...looks.values()],
      findings: open,
      ...parts,
      gateway: gateway?.() ?? null,
    }),
    subscribe(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
    looked(name, { look, failures, nextLook, findings }) {
      const safeguard = {
        name,
        lastLook: look,
        nextLook: nextLook?.toISOString() ?? null,
        failures,
        findings: findings ?? looks.get(name)?.findings ?? [],
      }
      looks.set(name, safeguard)
      emit({ is: 'looked', at: look.at, safeguard })
      if (findings) sees(name, findings)
    },
    proven(made) {
      verdict = made
      emit({ is: 'proven', at: made.checkedAt, verdict: made })
      sees('proofs', made.proofs.filter(({ outcome }) => outcome === 'broken').map(findingOf))
    },
    sees,
    put(changes) {
      parts = { ...parts, ...changes }
    },
    settle,
  }
}

/** Everything is looked at when a cause is gone; a slow look takes a minute. */
const symptomsGoWithin = minutes(1)

const notLooked = { is: 'unknown', because: 'nobody looked yet' } as const

const findingOf = ({ code, says, hint }: Verdict['proofs'][number]): Finding =>
  finding(code, says, hint)

/** A link is as bad as the worst that is open on it; what nobody proved is not known. */
function linksOf(
  verdict: Verdict | null,
  open: readonly OpenFinding[],
): Readonly<Record<Link, ProofOutcome>> {
  const outcomeOf = (link: Link): ProofOutcome => {
    if (open.some((each) => each.link === link && each.severity === 'broken')) return 'broken'
    const proofs = verdict?.proofs.filter((proof) => proof.link === link) ?? []
    const held = proofs.length > 0 && proofs.every(({ outcome }) => outcome === 'held')
    return held ? 'held' : 'unknown'
  }
  return {
    visitor: outcomeOf('visitor'),
    cloudflare: outcomeOf('cloudflare'),
    router: outcomeOf('router'),
    gatehouse: outcomeOf('gatehouse'),
    'home-assistant': outcomeOf('home-assistant'),
  }
}
