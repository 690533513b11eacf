import type { LatencySnapshot } from '../gateway/metrics/latency.ts'
import type { TraceEvent } from '../gateway/metrics/trace.ts'
import type { GatewaySnapshot } from '../gateway/snapshot.ts'
import type { Paint } from './paint.ts'
import { countOf } from './say.ts'

/** What the gateway sees, for a person: the last minute, how long answers take, and who was refused most. */
export function sayGateway(
  { open, seconds, latency, upstreams, refusedSources }: GatewaySnapshot,
  paint: Paint,
): string {
  const sum = (of: (second: GatewaySnapshot['seconds'][number]) => number): number =>
    seconds.reduce((total, second) => total + of(second), 0)
  const rows = [
    [
      'open now',
      `${countOf(open.connections, 'connection')}, ${countOf(open.webSockets, 'WebSocket')}`,
    ],
    [
      'last minute',
      `${countOf(
        sum(({ requests }) => requests),
        'request',
      )}, ${countOf(
        sum(({ connections }) => connections),
        'connection',
      )}, ${sum(({ refused }) => refused)} refused`,
    ],
    ['answers', sayLatency(latency)],
    ...upstreams.map(({ names, health }) => [
      names[0] ?? '',
      health.is === 'down' ? paint.bad(`does not answer (${health.because})`) : sayUp[health.is],
    ]),
  ]
  return [
    rows.map(([name = '', says = '']) => `  ${paint.dim(name.padEnd(14))}  ${says}`).join('\n'),
    ...(refusedSources.length === 0
      ? []
      : [
          [
            `  ${paint.strong('refused most')}`,
            ...refusedSources.slice(0, 10).map(({ address, count, because }) => {
              const reasons = Object.entries(because).map(([reason, n]) => `${reason} ${n}`)
              return `  ${address.padEnd(24)} ${String(count).padStart(6)}  ${paint.dim(reasons.join(', '))}`
            }),
          ].join('\n'),
        ]),
  ].join('\n\n')
}

const sayUp = { up: 'answers', unknown: 'was not asked yet' }

/** The bounds of the histogram are all that is known: "at most". */
function sayLatency({ buckets, count }: LatencySnapshot): string {
  if (count === 0) return 'none yet'
  const within = (share: number): string => {
    const bucket = buckets.find((each) => each.count >= share * count)
    return bucket ? `${bucket.atMostMs} ms` : 'longer than all that is measured'
  }
  return `half within ${within(0.5)}, 99 % within ${within(0.99)}`
}

export function sayTraced(event: TraceEvent, paint: Paint): string {
  return `${paint.dim(`${event.ms.toFixed(1).padStart(10)} ms`)}  ${sayStep(event)}`
}

function sayStep(event: TraceEvent): string {
  switch (event.is) {
    case 'admitted':
      return `let in: ${event.peer.address} (${event.peer.kind}), ${event.protocol ?? 'no protocol'} ${event.cipher}, for ${event.name || 'no name'}${event.resumed ? ', resumed' : ''}${event.certificate === undefined ? '' : ', with our client certificate'}`
    case 'request':
      return `${event.method} ${event.path} from ${event.visitor}`
    case 'sent-home':
      return `sent home, on ${event.reusedConnection ? 'a connection that was there' : 'a new connection'}`
    case 'answer':
      return `home begins to answer: ${event.status}`
    case 'answered':
      return `answered: ${event.status}, ${event.bytes} bytes`
    case 'refused':
      return `refused: ${event.because}`
    case 'closed':
      return 'closed'
  }
}
