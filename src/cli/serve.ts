import type { Home } from '../compose/home.ts'
import type { Settings } from '../config/settings.ts'
import { reasonOf } from '../core/problem.ts'
import { allRanges } from '../core/ranges.ts'
import type { GatewayEvent } from '../gateway/setup.ts'
import { hostGateway, notHosted, type Hosted } from '../keeper/host.ts'
import type { Context } from './context.ts'

/** Runs the gateway as long as the command does, where TLS ends in it and no other process of ours runs it. */
export function serve(
  home: Home,
  settings: Settings,
  { terminal, paint, now }: Context,
  tell?: (event: GatewayEvent) => void,
): Promise<Hosted> {
  if (settings.tls !== 'gateway') return Promise.resolve(notHosted)
  return hostGateway(settings, home.folder, {
    edgeRanges: async () => allRanges(await home.ranges.inForce()),
    now,
    tell,
    problem: (error) =>
      terminal.err(
        `${paint.bad('error:')} the gateway goes on with what it had: ${reasonOf(error)}`,
      ),
  })
}
