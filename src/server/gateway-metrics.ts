import type { GatewaySnapshot } from '../gateway/snapshot.ts'
import { counter, gauge, histogram, type Family } from './exposition.ts'

/** What the gateway counted since it started, and what is open now. */
export function gatewayFamilies({
  counters,
  latency,
  open,
  upstreams,
}: GatewaySnapshot): readonly Family[] {
  const one = (value: number) => [{ value }]
  return [
    counter(
      'gateway_connections_total',
      'Connections that arrived at the gateway.',
      one(counters.connections),
    ),
    counter('gateway_handshakes_total', 'TLS handshakes that succeeded.', [
      { labels: { resumed: 'no' }, value: counters.handshakes - counters.resumed },
      { labels: { resumed: 'yes' }, value: counters.resumed },
    ]),
    counter('gateway_requests_total', 'Requests that were read.', one(counters.requests)),
    counter(
      'gateway_answers_total',
      'Requests that were answered, by the class of the status.',
      counters.answers.flatMap((value, digit) =>
        digit === 0 ? [] : [{ labels: { class: `${digit}xx` }, value }],
      ),
    ),
    counter('gateway_websockets_total', 'WebSockets that were opened.', one(counters.webSockets)),
    counter('gateway_bytes_total', 'Bytes of messages, without TLS, by direction.', [
      { labels: { direction: 'in' }, value: counters.bytesIn },
      { labels: { direction: 'out' }, value: counters.bytesOut },
    ]),
    counter(
      'gateway_refused_total',
      'Connections and requests that were not served, by reason.',
      Object.entries(counters.refused).map(([reason, value]) => ({ labels: { reason }, value })),
    ),
    counter(
      'gateway_slowed_sign_ins_total',
      'Attempts to sign in that had to wait.',
      one(counters.slowedSignIns),
    ),
    histogram(
      'gateway_request_duration_seconds',
      "From a request's head to the end of its answer.",
      [
        ...latency.buckets.map(({ atMostMs, count }) => ({
          suffix: '_bucket' as const,
          labels: { le: String(atMostMs / 1000) },
          value: count,
        })),
        { suffix: '_bucket' as const, labels: { le: '+Inf' }, value: latency.count },
        { suffix: '_sum' as const, value: latency.sumMs / 1000 },
        { suffix: '_count' as const, value: latency.count },
      ],
    ),
    gauge('gateway_open', 'What is open now, by kind.', [
      { labels: { kind: 'connections' }, value: open.connections },
      { labels: { kind: 'websockets' }, value: open.webSockets },
      { labels: { kind: 'handshakes' }, value: open.handshakes },
    ]),
    gauge(
      'gateway_upstream_up',
      'Whether a service at home takes connections; 0: it did not the last time.',
      upstreams.flatMap(({ names, health }) =>
        health.is === 'unknown'
          ? []
          : names.map((name) => ({ labels: { name }, value: health.is === 'up' ? 1 : 0 })),
      ),
    ),
  ]
}
