import type { KeeperStatus } from '../keeper/status.ts'

/** Everything that is measured at one moment. */
export type Measured = {
  readonly version: string
  readonly status: KeeperStatus
  /** Looks since the start, by safeguard and outcome. */
  readonly looks: ReadonlyMap<string, Readonly<Record<string, number>>>
  /** HTTP requests since the start, by party. */
  readonly calls: Readonly<Record<string, number>>
  readonly process: { readonly cpuSeconds: number; readonly residentBytes: number }
}

type Sample = { readonly labels?: Readonly<Record<string, string>>; readonly value: number }
type Family = {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly samples: readonly Sample[]
}

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8'

/** The metrics in Prometheus' text format (Prometheus docs, "Exposition formats", 0.0.4). */
export const metricsText = (measured: Measured): string =>
  familiesOf(measured)
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...samples.map(({ labels = {}, value }) => `${name}${labelsText(labels)} ${value}`),
      ].join('\n'),
    )
    .join('\n')
    .concat('\n')

function familiesOf({ version, status, looks, calls, process }: Measured): readonly Family[] {
  const { verdict, links, safeguards, findings, certificate, gateway } = status
  const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
    name: `gatehouse_${name}`,
    type: 'gauge',
    help,
    samples,
  })
  const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
    ...gauge(name, help, samples),
    type: 'counter',
  })
  const fromGateway = (count: (counters: NonNullable<typeof gateway>) => number): Sample[] =>
    gateway ? [{ value: count(gateway) }] : []
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
    counter(
      'gateway_connections_total',
      'Connections that arrived at the gateway.',
      fromGateway(({ connections }) => connections),
    ),
    counter(
      'gateway_requests_total',
      'Requests that were forwarded.',
      fromGateway(({ requests }) => requests),
    ),
    counter(
      'gateway_websockets_total',
      'WebSockets that were opened.',
      fromGateway(({ webSockets }) => webSockets),
    ),
    counter(
      'gateway_refused_total',
      'Connections and requests that were not served, by reason.',
      Object.entries(gateway?.refused ?? {}).map(([reason, value]) => ({
        labels: { reason },
        value,
      })),
    ),
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

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
