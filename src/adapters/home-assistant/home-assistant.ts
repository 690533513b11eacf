import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

import type { Address } from '../../core/address.ts'
import { Problem } from '../../core/problem.ts'
import type { Secret } from '../../core/secret.ts'
import { configureAnswer, httpConfigAnswer, settingsOf } from './http-settings.ts'
import { askHomeAssistant } from './probe.ts'
import { CommandRefused, openSession, type Session } from './session.ts'

export type HttpSettings = Readonly<Record<string, unknown>>

export type HttpState = {
  readonly stable: HttpSettings
  /** Staged and perhaps on trial; with an error it lies there and does nothing. */
  readonly pending:
    | { readonly settings: HttpSettings; readonly error: string | undefined }
    | undefined
  readonly onTrial: boolean
  /** When a trial that nobody confirms ends. */
  readonly revertAt: Date | undefined
}

/** What can be seen without signing in. */
export type Outside = {
  readonly isHomeAssistant: boolean
  readonly onboarded: boolean
  /** False: it answers 400 to what says it comes through a proxy. */
  readonly acceptsProxy: boolean
  /** The address from which it sees us. */
  readonly seesUsAs: Address | undefined
}

const anyResult = z.unknown()
const coreConfig = z.object({
  version: z.string(),
  external_url: z.string().nullish(),
  recovery_mode: z.boolean().nullish(),
})

export type Core = {
  readonly version: string
  readonly externalUrl: string | undefined
  readonly recoveryMode: boolean
}

/** One Home Assistant, as an administrator and as a proxy meets it. */
export function homeAssistant(url: string, token: Secret | undefined) {
  const session = (signal: AbortSignal): Promise<Session> => {
    if (!token)
      throw new Problem('home-assistant/no-token', 'there is no access token for Home Assistant', {
        hint: 'make one in Home Assistant (your profile, Security, Long-lived access tokens) and name its file in home_assistant.token_file',
      })
    return openSession(url, token, signal)
  }

  return {
    async outside(signal: AbortSignal): Promise<Outside> {
      const manifest = await askHomeAssistant(url, '/manifest.json', {}, signal)
      // 198.18.0.0/15 is for tests of devices (RFC 2544): nobody's address.
      const proxied = await askHomeAssistant(
        url,
        '/manifest.json',
        { 'x-forwarded-for': '198.18.0.1', 'x-forwarded-proto': 'https' },
        signal,
      )
      const providers = await askHomeAssistant(url, '/auth/providers', {}, signal)
      return {
        isHomeAssistant: manifest.status === 200 && manifest.text.includes('"Home Assistant"'),
        onboarded: !(providers.status === 400 && providers.text.includes('onboarding_required')),
        acceptsProxy: proxied.status === 200,
        seesUsAs: manifest.localAddress,
      }
    },

    async core(signal: AbortSignal): Promise<Core> {
      await using open = await session(signal)
      const {
        version,
        external_url: externalUrl,
        recovery_mode: recoveryMode,
      } = await open.command({ type: 'get_config' }, coreConfig)
      return { version, externalUrl: externalUrl ?? undefined, recoveryMode: recoveryMode ?? false }
    },

    /** `undefined`: this Home Assistant is older than 2026.8 and has its settings in YAML. */
    async httpState(signal: AbortSignal): Promise<HttpState | undefined> {
      await using open = await session(signal)
      // Awaited here: the session ends with this block.
      return await readHttpState(open)
    },

    async setExternalUrl(externalUrl: string | undefined, signal: AbortSignal): Promise<void> {
      await using open = await session(signal)
      await open.command(
        { type: 'config/core/update', external_url: externalUrl ?? null },
        anyResult,
      )
    },

    /** Why `check_config` would refuse a restart; `undefined` when it would not. */
    async whyNotRestart(signal: AbortSignal): Promise<string | undefined> {
      if (!token) return 'there is no access token'
      const response = await fetch(`${url}/api/config/core/check_config`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token.reveal()}` },
        signal: AbortSignal.any([signal, AbortSignal.timeout(60_000)]),
      })
      if (!response.ok) return `it answers ${response.status}`
      const read = z
        .object({ result: z.string(), errors: z.string().nullish() })
        .safeParse(await response.json())
      if (!read.success) return 'its answer cannot be read'
      return read.data.result === 'valid'
        ? undefined
        : (read.data.errors ?? 'the configuration is not valid')
    },

    /** Stages settings. `true`: Home Assistant restarts now to try them. */
    async stage(settings: HttpSettings, signal: AbortSignal): Promise<boolean> {
      await using open = await session(signal)
      return (
        await open.command({ type: 'http/config/configure', config: settings }, configureAnswer)
      ).restart
    },

    async promote(signal: AbortSignal): Promise<void> {
      await using open = await session(signal)
      await open.command({ type: 'http/config/promote' }, anyResult)
    },

    /** Polls until the state is as wished, through a restart with its refused connections. */
    async waitFor(
      wished: (state: HttpState) => boolean,
      atMostMs: number,
      signal: AbortSignal,
    ): Promise<HttpState> {
      const deadline = performance.now() + atMostMs
      let last: unknown
      while (performance.now() < deadline) {
        try {
          await using open = await session(signal)
          const state = await readHttpState(open)
          if (state && wished(state)) return state
        } catch (error) {
          signal.throwIfAborted()
          // Signing in fails for good; everything else is a restart under way.
          if (error instanceof Problem && error.code === 'home-assistant/token-refused') throw error
          last = error
        }
        await sleep(250, undefined, { signal })
      }
      throw new Problem(
        'home-assistant/restart',
        'Home Assistant did not come back as expected after its restart',
        {
          hint: 'nothing is lost: unconfirmed settings are undone by Home Assistant itself within five minutes',
          cause: last,
        },
      )
    },
  }
}

async function readHttpState(open: Session): Promise<HttpState | undefined> {
  try {
    const {
      stable,
      pending,
      revert_at: revertAt,
      active_config_type: active,
    } = await open.command({ type: 'http/config' }, httpConfigAnswer)
    return {
      stable: settingsOf(stable),
      pending:
        pending === null
          ? undefined
          : { settings: settingsOf(pending), error: pending.error ?? undefined },
      onTrial: active === 'pending',
      revertAt: revertAt === null ? undefined : new Date(revertAt),
    }
  } catch (error) {
    if (error instanceof CommandRefused && error.reason === 'unknown_command') return undefined
    throw error
  }
}
