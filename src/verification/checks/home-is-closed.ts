import { withinAny, type Address, type Family } from '../../core/address.ts'
import type { FindingCode } from '../../core/codes.ts'
import { describeOutcome, type PortOutcome } from '../../core/port-outcome.ts'
import { broken, held, notKnown, type Evidence, type Proof } from '../../core/proof.ts'
import { reasonOf } from '../../core/problem.ts'
import { evidence, type Check, type Subject } from '../types.ts'

/** Every port on which Cloudflare could come (docs, "Network ports", 2026), and the one people forward. */
export const portsOfHome: readonly number[] = [
  80, 443, 2052, 2053, 2082, 2083, 2086, 2087, 2095, 2096, 8080, 8123, 8443, 8880,
]

const openCode: Readonly<Record<Family, FindingCode>> = {
  ipv4: 'origin/open',
  ipv6: 'origin/open-ipv6',
}

/**
 * A stranger who knows the address gets nothing, on any port. What fails for everybody proves nothing:
 * the verdict only counts this together with "through the edge works" of the same run.
 */
export const homeIsClosed: Check = {
  name: 'a stranger gets nothing',
  codes: ['origin/open', 'origin/open-ipv6', 'origin/plain-http', 'origin/certificate-visible'],
  run: async (subject, signal) =>
    (
      await Promise.all(
        (['ipv4', 'ipv6'] as const).map((family) => proveFamily(family, subject, signal)),
      )
    ).flat(),
}

async function proveFamily(
  family: Family,
  subject: Subject,
  signal: AbortSignal,
): Promise<Proof[]> {
  const home = subject.homes[family]
  const code = openCode[family]
  const word = family === 'ipv4' ? 'IPv4' : 'IPv6'
  if (home.is === 'absent') {
    const trail = [evidence(subject.now(), 'here', `public ${word} address of this home`, 'none')]
    return [held(code, `this home has no public ${word} address that it publishes`, trail)]
  }
  // Of one family these say the same as of the other; the verdict keeps the worse.
  const affected = [code, 'origin/plain-http', 'origin/certificate-visible'] as const
  const nobodyKnows = (says: string, hint: string, trail: readonly Evidence[] = []) =>
    affected.map((each) => notKnown(each, says, { evidence: trail, hint }))
  if (home.is === 'unknown')
    return nobodyKnows(
      `the public ${word} address is not known (${home.because})`,
      `set address.${family}`,
    )
  const { text } = home.value
  if (!subject.vantage)
    return nobodyKnows(
      `nobody outside looked at ${text}`,
      'run `gatehouse vantage` on any machine outside (a small server, a laptop on a phone) and set vantage.url',
    )
  try {
    const results = await ask(home.value, subject, subject.vantage, signal)
    const trail = results.map((result) => result.trail)
    return results.some(answered) || !results.some(isBlind)
      ? judge(home.value, results, code)
      : nobodyKnows(`the vantage has no way to ${text}`, `use a vantage that has ${word}`, trail)
  } catch (error) {
    signal.throwIfAborted()
    return nobodyKnows(
      `${text} could not be looked at from outside (${reasonOf(error)})`,
      'check vantage.url',
    )
  }
}

type Result = { readonly port: number; readonly outcome: PortOutcome; readonly trail: Evidence }

const answered = ({ outcome }: Result): boolean => outcome.is === 'http'

/** A router may say "no way" for one port; what the vantage's own system says is no knowledge of the home. */
const isBlind = ({ outcome }: Result, _index: number, all: readonly Result[]): boolean =>
  outcome.is === 'unreachable' &&
  (outcome.because !== 'EHOSTUNREACH' || all.every((each) => each.outcome.is === 'unreachable'))

/** With the name, as who knows it; then without, as a scanner, where something took the connection. */
async function ask(
  home: Address,
  subject: Subject,
  vantage: NonNullable<Subject['vantage']>,
  signal: AbortSignal,
): Promise<Result[]> {
  const named = await askOnce(home, portsOfHome, subject.names[0], subject, vantage, signal)
  const taken = named.filter(({ outcome }) => outcome.is === 'open' || outcome.is === 'http')
  if (taken.length === 0) return named
  const ports = taken.map(({ port }) => port)
  return [...named, ...(await askOnce(home, ports, undefined, subject, vantage, signal))]
}

async function askOnce(
  home: Address,
  ports: readonly number[],
  name: string | undefined,
  subject: Subject,
  vantage: NonNullable<Subject['vantage']>,
  signal: AbortSignal,
): Promise<Result[]> {
  const { you, from, results } = await vantage.ask({ address: home, ports, name }, signal)
  if (you.text !== home.text) throw new Error(`it sees this home as ${you.text}`)
  if (withinAny(you, subject.edgeRanges)) throw new Error('this machine speaks through Cloudflare')
  if (from && withinAny(from, subject.edgeRanges))
    throw new Error(`it probes from ${from.text}, which is Cloudflare's and may pass`)
  const missing = ports.find((port) => !results.some((result) => result.port === port))
  if (missing !== undefined) throw new Error(`it says nothing of port ${missing}`)
  const place = from ? `${vantage.name} (${from.text})` : vantage.name
  return results.map(({ port, outcome }) => ({
    port,
    outcome,
    trail: evidence(
      subject.now(),
      place,
      `${home.text} port ${port}, ${name === undefined ? 'no name' : `name ${name}`}`,
      describeOutcome(outcome),
    ),
  }))
}

function judge(home: Address, results: readonly Result[], code: FindingCode): Proof[] {
  const trail = results.map((result) => result.trail)
  const served = results.filter(({ outcome }) => outcome.is === 'http')
  const plain = served.filter(
    ({ outcome }) => outcome.is === 'http' && !outcome.tls && outcome.homeAssistant,
  )
  const shown = results.filter(
    ({ outcome }) => 'certificate' in outcome && outcome.certificate !== undefined,
  )
  const at = (found: readonly Result[]) =>
    `${home.text} port ${[...new Set(found.map(({ port }) => port))].join(', ')}`
  return [
    served.length > 0
      ? broken(code, `a stranger is answered at ${at(served)}`, {
          evidence: served.map((each) => each.trail),
          hint: 'remove the forward in the router, or restrict it to Cloudflare (`gatehouse firewall show`)',
        })
      : held(
          code,
          `a stranger gets nothing from ${home.text} on any of ${portsOfHome.length} ports`,
          trail,
        ),
    plain.length > 0
      ? broken('origin/plain-http', `Home Assistant answers in clear text at ${at(plain)}`, {
          evidence: plain.map((each) => each.trail),
          hint: 'remove this forward in the router now, and change your password: it has crossed the internet in clear text',
        })
      : held('origin/plain-http', `nothing answers in clear text at ${home.text}`, trail),
    shown.length > 0
      ? broken(
          'origin/certificate-visible',
          `a stranger is shown a certificate at ${at(shown)}, and with it the name`,
          {
            evidence: shown.map((each) => each.trail),
            hint: 'use `tls: gateway`, or restrict the forward to Cloudflare',
          },
        )
      : held(
          'origin/certificate-visible',
          `no certificate is shown to a stranger at ${home.text}`,
          trail,
        ),
  ]
}
