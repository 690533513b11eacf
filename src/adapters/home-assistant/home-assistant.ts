import { z } from 'zod'

import { Problem } from '../../core/problem.ts'
import type { Access } from './access.ts'
import { configurationFile } from './configuration-file.ts'
import {
  promote,
  readHttpState,
  stage,
  type HttpSettings,
  type HttpState,
  type Staged,
} from './http-settings.ts'
import { lookInside } from './inside.ts'
import { lookFromOutside } from './outside.ts'
import { placeOf } from './place.ts'
import { goDown, poll, whyNotRestart } from './restart.ts'
import { openSession, type Session } from './session.ts'

/**
 * One Home Assistant, as an administrator and as a proxy meets it.
 *
 * A refused token is not tried again by this client: each try would tell the owner of a failed sign-in, and
 * with a threshold set, end in a ban.
 */
export function homeAssistant(access: Access) {
  const at = placeOf(access)
  let refused: Problem | undefined
  let signingIn: Promise<unknown> = Promise.resolve()

  async function session(signal: AbortSignal): Promise<Session> {
    const { token } = access
    if (!token) throw noToken()
    // One after the other, so that a wrong token is tried once however many ask.
    const mine = signingIn.then(async () => {
      if (refused) throw refused
      try {
        return await at((place) => openSession(place, token, signal))
      } catch (error) {
        if (error instanceof Problem && error.code === 'home-assistant/token-refused')
          refused = error
        throw error
      }
    })
    signingIn = mine.catch(() => undefined)
    return await mine
  }

  /** In a session of its own. */
  async function inSession<T>(signal: AbortSignal, talk: (open: Session) => Promise<T>) {
    await using open = await session(signal)
    return await talk(open)
  }

  const httpState = (signal: AbortSignal): Promise<HttpState | undefined> =>
    inSession(signal, readHttpState)

  const untilRunning = (atMostMs: number, signal: AbortSignal): Promise<true> =>
    poll(atMostMs, signal, async () =>
      (await inSession(signal, lookInside)).running ? true : undefined,
    )

  return {
    /** Signed in, for whatever else is to be asked; to be disposed of. */
    session,

    outside: (signal: AbortSignal) => at((place) => lookFromOutside(place, signal)),

    inside: (signal: AbortSignal) => inSession(signal, lookInside),

    httpState,

    /** Its configuration folder; `undefined` where that is not to be seen from here. */
    yaml:
      access.configurationFolder === undefined
        ? undefined
        : configurationFile(access.configurationFolder),

    async setExternalUrl(externalUrl: string | undefined, signal: AbortSignal): Promise<void> {
      const command = { type: 'config/core/update', external_url: externalUrl ?? null }
      await inSession(signal, (open) => open.command(command, z.unknown()))
    },

    whyNotRestart: (signal: AbortSignal) => inSession(signal, whyNotRestart),

    stage: (settings: HttpSettings | undefined, signal: AbortSignal): Promise<Staged> =>
      inSession(signal, (open) => stage(open, settings)),

    promote: (signal: AbortSignal) => inSession(signal, promote),

    /** Restarts Home Assistant and waits until it runs again. Throws Problem `home-assistant/restart…`. */
    async restart(atMostMs: number, signal: AbortSignal): Promise<void> {
      // Right after a boot it would overhear the wish.
      await untilRunning(atMostMs, signal)
      await inSession(signal, (open) => goDown(open, signal))
      await untilRunning(atMostMs, signal)
    },

    /** Polls until the http settings are as wished, through a restart with its refused connections. */
    waitFor: (
      wished: (state: HttpState) => boolean,
      atMostMs: number,
      signal: AbortSignal,
    ): Promise<HttpState> =>
      poll(atMostMs, signal, async () => {
        const now = await httpState(signal)
        return now && wished(now) ? now : undefined
      }),
  }
}

const noToken = (): Problem =>
  new Problem('home-assistant/no-token', 'there is no access token for Home Assistant', {
    hint: 'make one in Home Assistant (your profile, Security, Long-lived access tokens) and name its file in home_assistant.token_file',
  })
