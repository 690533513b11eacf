import type { Fact } from '../../core/fact.ts'

export type Desired = {
  readonly names: readonly string[]
  readonly publicPort: number
  readonly countries: readonly string[] | undefined
  readonly assistants: boolean
  readonly webhooks: boolean
  readonly loginLimit: boolean
  readonly zoneSettings: 'propose' | 'change'
}

export type Phase =
  | 'http_config_settings'
  | 'http_request_cache_settings'
  | 'http_request_firewall_custom'
  | 'http_ratelimit'
  | 'http_request_dynamic_redirect'

export const phases: readonly Phase[] = [
  'http_config_settings',
  'http_request_cache_settings',
  'http_request_dynamic_redirect',
  'http_request_firewall_custom',
  'http_ratelimit',
]

export type RuleBody = {
  readonly ref: string
  readonly description: string
  readonly expression: string
  readonly action: string
  readonly action_parameters?: unknown
  readonly ratelimit?: unknown
  readonly enabled: boolean
}

/** A rule of the zone, anybody's. */
export type FoundRule = RuleBody

export type SettingState = { readonly value: unknown; readonly editable: boolean }

export type Observed = {
  readonly rules: Readonly<Record<Phase, Fact<readonly FoundRule[]>>>
  readonly settings: Readonly<Record<string, Fact<SettingState>>>
  readonly botFight: Fact<boolean>
}

export type Do =
  | {
      readonly verb: 'put-rule'
      readonly phase: Phase
      readonly rule: RuleBody
      readonly was: FoundRule | undefined
    }
  | { readonly verb: 'remove-rule'; readonly phase: Phase; readonly was: FoundRule }
  | { readonly verb: 'set'; readonly setting: string; readonly was: unknown; readonly now: unknown }
  | { readonly verb: 'set-bot-fight'; readonly was: boolean; readonly now: boolean }

export type Port = {
  rules(phase: Phase, signal: AbortSignal): Promise<readonly FoundRule[]>
  put(phase: Phase, rule: RuleBody, signal: AbortSignal): Promise<void>
  remove(phase: Phase, ref: string, signal: AbortSignal): Promise<void>
  setting(id: string, signal: AbortSignal): Promise<SettingState>
  set(id: string, value: unknown, signal: AbortSignal): Promise<void>
  botFight(signal: AbortSignal): Promise<boolean>
  setBotFight(on: boolean, signal: AbortSignal): Promise<void>
}

/** Whose `ref` begins so is ours. */
export const isOurs = ({ ref }: { readonly ref: string }): boolean => ref.startsWith('gatehouse_')
