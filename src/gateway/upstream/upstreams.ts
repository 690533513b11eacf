import type { Limits } from '../limits.ts'
import type { UpstreamSnapshot } from '../snapshot.ts'
import { Upstream } from './upstream.ts'

export type Published = {
  readonly names: readonly string[]
  readonly upstream: string
  readonly also?: readonly { readonly name: string; readonly url: string }[]
}

/** All services behind the gateway: Home Assistant, and what else is published. */
export type Upstreams = {
  /** Services that stay the same keep their connections. */
  replace(published: Published): void
  routes(): ReadonlyMap<string, Upstream>
  nameOf(upstream: Upstream): string
  /** As a person calls it. */
  serviceOf(upstream: Upstream): string
  snapshot(): readonly UpstreamSnapshot[]
  sweep(now: number): void
  close(): void
}

export function upstreams(limits: () => Limits, now: () => Date): Upstreams {
  let byUrl = new Map<string, Upstream>()
  let routes = new Map<string, Upstream>()
  let main = ''
  const nameOf = (upstream: Upstream): string =>
    [...routes].find(([, each]) => each === upstream)?.[0] ?? ''
  return {
    replace({ names, upstream, also = [] }) {
      const before = byUrl
      const made = new Map<string, Upstream>()
      const at = (url: string): Upstream => {
        const one = made.get(url) ?? before.get(url) ?? new Upstream({ url, limits, now })
        made.set(url, one)
        return one
      }
      main = upstream
      routes = new Map(
        names.map((name) => [name, at(also.find((each) => each.name === name)?.url ?? upstream)]),
      )
      byUrl = made
      for (const [url, one] of before) if (!made.has(url)) one.retire()
    },
    routes: () => routes,
    nameOf,
    serviceOf: (upstream) =>
      upstream.url === main ? 'Home Assistant' : nameOf(upstream) || 'The service',
    snapshot: () =>
      [...byUrl.values()].map((upstream) => ({
        names: [...routes].filter(([, each]) => each === upstream).map(([name]) => name),
        health: upstream.health,
        connections: upstream.connections,
      })),
    sweep(now) {
      for (const upstream of byUrl.values()) upstream.sweep(now)
    },
    close() {
      for (const upstream of byUrl.values()) upstream.close()
    },
  }
}
