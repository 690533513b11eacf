import { known, unknown, type Fact } from '../../core/fact.ts'
import { reasonOf } from '../../core/problem.ts'
import {
  phases,
  type FoundRule,
  type Observed,
  type Phase,
  type Port,
  type SettingState,
} from './types.ts'
import { wantedSettings } from './zone-settings.ts'

/** Everything is a fact of its own: a narrow token sees some of it, and the rest is not known. */
export async function observe(port: Port, signal: AbortSignal): Promise<Observed> {
  const ask = async <T>(read: () => Promise<T>): Promise<Fact<T>> => {
    try {
      return known(await read())
    } catch (error) {
      signal.throwIfAborted()
      return unknown(reasonOf(error))
    }
  }
  const [rules, settings, botFight] = await Promise.all([
    Promise.all(
      phases.map(async (phase) => [phase, await ask(() => port.rules(phase, signal))] as const),
    ),
    Promise.all(
      wantedSettings.map(
        async ({ id }) => [id, await ask(() => port.setting(id, signal))] as const,
      ),
    ),
    ask(() => port.botFight(signal)),
  ])
  return {
    rules: byPhase(rules),
    settings: Object.fromEntries<Fact<SettingState>>(settings),
    botFight,
  }
}

function byPhase(
  pairs: readonly (readonly [Phase, Fact<readonly FoundRule[]>])[],
): Observed['rules'] {
  const of = (phase: Phase): Fact<readonly FoundRule[]> =>
    pairs.find(([each]) => each === phase)?.[1] ?? unknown('it was not looked at')
  return {
    http_config_settings: of('http_config_settings'),
    http_request_cache_settings: of('http_request_cache_settings'),
    http_request_firewall_custom: of('http_request_firewall_custom'),
    http_ratelimit: of('http_ratelimit'),
    http_request_dynamic_redirect: of('http_request_dynamic_redirect'),
  }
}
