import { z } from 'zod'

import type { CloudflareClient } from './client.ts'
import { CloudflareRefusal } from './refusal.ts'

const rule = z.object({
  id: z.string(),
  ref: z.string().catch(''),
  expression: z.string().catch(''),
  action: z.string().catch(''),
  action_parameters: z.unknown().optional(),
  ratelimit: z.unknown().optional(),
  description: z.string().catch(''),
  enabled: z.boolean().catch(true),
})

const ruleset = z.object({
  id: z.string(),
  version: z.string().catch(''),
  rules: z.array(rule).catch([]),
})

export type FoundRule = z.output<typeof rule>

/** A rule as it is written: the whole of it, since a PATCH replaces the whole. */
export type RuleBody = {
  readonly ref: string
  readonly description: string
  readonly expression: string
  readonly action: string
  readonly action_parameters?: unknown
  readonly ratelimit?: unknown
  readonly enabled: boolean
}

const anything = z.unknown().optional()

/**
 * The rules of one zone by phase. A rule is added, changed and removed alone: writing the whole list
 * would remove what others put there meanwhile. Every write is rehearsed first (`dry_run`), which
 * finds a used-up quota or a missing permission without changing anything.
 */
export const zoneRulesets = (client: CloudflareClient, zoneId: string) => {
  const base = `/zones/${zoneId}/rulesets`

  const entrypoint = async (phase: string, signal: AbortSignal) => {
    try {
      return await client.call(
        { method: 'GET', path: `${base}/phases/${phase}/entrypoint`, schema: ruleset },
        signal,
      )
    } catch (error) {
      if (error instanceof CloudflareRefusal && error.status === 404) return undefined
      throw error
    }
  }

  const rehearsed = async (
    call: {
      readonly method: 'POST' | 'PUT' | 'PATCH'
      readonly path: string
      readonly body: unknown
    },
    signal: AbortSignal,
  ): Promise<void> => {
    await client.call({ ...call, query: { dry_run: 'true' }, schema: anything }, signal)
    await client.call({ ...call, schema: anything }, signal)
  }

  return {
    async rules(phase: string, signal: AbortSignal): Promise<readonly FoundRule[]> {
      return (await entrypoint(phase, signal))?.rules ?? []
    },

    /** Adds the rule, or changes the one with the same `ref`. */
    async put(phase: string, wanted: RuleBody, signal: AbortSignal): Promise<void> {
      const body = bodyOf(wanted)
      const found = await entrypoint(phase, signal)
      if (!found)
        return rehearsed(
          { method: 'PUT', path: `${base}/phases/${phase}/entrypoint`, body: { rules: [body] } },
          signal,
        )
      const mine = found.rules.find(({ ref }) => ref === body.ref)
      const path = `${base}/${found.id}/rules`
      return rehearsed(
        mine
          ? { method: 'PATCH', path: `${path}/${mine.id}`, body }
          : { method: 'POST', path, body },
        signal,
      )
    },

    async remove(phase: string, ref: string, signal: AbortSignal): Promise<void> {
      const found = await entrypoint(phase, signal)
      const mine = found?.rules.find((each) => each.ref === ref)
      if (!found || !mine) return
      await client.call(
        { method: 'DELETE', path: `${base}/${found.id}/rules/${mine.id}`, schema: anything },
        signal,
      )
    },
  }
}

/** Only what is ours to say: a rule that was read carries fields that the API refuses to be told. */
const bodyOf = ({
  ref,
  description,
  expression,
  action,
  action_parameters: parameters,
  ratelimit,
  enabled,
}: RuleBody): RuleBody => ({
  ref,
  description,
  expression,
  action,
  enabled,
  ...(parameters === undefined ? {} : { action_parameters: parameters }),
  ...(ratelimit === undefined ? {} : { ratelimit }),
})
