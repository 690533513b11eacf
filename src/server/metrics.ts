import type { GatewaySnapshot } from '../gateway/snapshot.ts'
import type { KeeperStatus } from '../keeper/status.ts'
import { counter, exposition, gauge, type Family, type Sample } from './exposition.ts'
import { gatewayFamilies } from './gateway-metrics.ts'

/** Everything that is measured at one moment. */
export type Measured = {
  readonly version: string
  readonly status: KeeperStatus
  /** `undefined` where no gateway runs in this process. */
  readonly gateway: GatewaySnapshot | undefined
  /** Looks since the start, by safeguard and outcome. */
  readonly looks: ReadonlyMap<string, Readonly<Record<string, number>>>
  /** HTTP requests since the start, by party. */
  readonly calls: Readonly<Record<string, number>>
  readonly process: { readonly cpuSeconds: number; readonly residentBytes: number }
}

/** The metrics in Prometheus' text format. */
export const metricsText = (measured: Measured): string => exposition(familiesOf(measured))

function familiesOf({
  version,
  status,
  gateway,
  looks,
  calls,
  process,
}: Measured): readonly Family[] {
  const { verdict, links, safeguards, findings, certificate } = status
  return [
    gauge('info', 'Which Gatehouse this is.', [{ labels: { version }, value: 1 }]),
    gauge('start_time_seconds', 'When the keeper started.', [{ value: moment(status.startedAt) }]),
    gauge(
      'verdict',
      'What the last proofs came to; 1 for the outcome it is.',
      oneOf(['held', 'broken', 'unknown'], verdict?.verdict ?? 'unknown'),
    ),
    gauge(
      'last_proof_timestamp_seconds',
      'When the last proofs were made.',
      verdict ? [{ value: moment(verdict.checkedAt) }] : [],
    ),
    gauge(
      'link',
      'The state of each link of the chain; 1 for the outcome it is.',
      Object.entries(links).flatMap(([link, state]) =>
        oneOf(['held', 'broken', 'unknown'], state, { link }),
      ),
    ),
    gauge(
      'findings_open',
      'How many findings are open and not explained by another.',
      ['broken', 'weak', 'notice'].map((severity) => ({
        labels: { severity },
        value: findings.filter((each) => each.severity === severity && each.because.length === 0)
          .length,
      })),
    ),
    gauge(
      'finding_open',
      '1 for each finding that is open.',
      findings.map(({ code, severity, link }) => ({ labels: { code, severity, link }, value: 1 })),
    ),
    gauge(
      'certificate_expiry_timestamp_seconds',
      'When the certificate of the origin ends.',
      certificate ? [{ value: moment(certificate.notAfter) }] : [],
    ),
    counter(
      'looks_total',
      'Looks at a safeguard, by what they came to.',
      [...looks].flatMap(([safeguard, outcomes]) =>
        Object.entries(outcomes).map(([outcome, value]) => ({
          labels: { safeguard, outcome },
          value,
        })),
      ),
    ),
    gauge(
      'look_failures',
      'Looks in a row that failed or did not settle.',
      safeguards.map(({ name, failures }) => ({ labels: { safeguard: name }, value: failures })),
    ),
    ...(gateway ? gatewayFamilies(gateway) : []),
    counter(
      'calls_total',
      'HTTP requests to others, by party.',
      Object.entries(calls).map(([party, value]) => ({ labels: { party }, value })),
    ),
    counter('cpu_seconds_total', 'CPU time of this process.', [{ value: process.cpuSeconds }]),
    gauge('resident_memory_bytes', 'Resident memory of this process.', [
      { value: process.residentBytes },
    ]),
  ]
}

const oneOf = (
  all: readonly string[],
  is: string,
  labels: Readonly<Record<string, string>> = {},
): readonly Sample[] =>
  all.map((state) => ({ labels: { ...labels, state }, value: state === is ? 1 : 0 }))

const moment = (iso: string): number => Date.parse(iso) / 1000
