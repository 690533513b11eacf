import { z } from 'zod'

import { Problem } from '../../core/problem.ts'
import { Secret } from '../../core/secret.ts'
import { jsonOf } from '../../core/json.ts'
import type { Access } from './access.ts'
import { placeOf } from './place.ts'
import { postForm } from './post-form.ts'
import { openSession } from './session.ts'

export type CurrentUser = {
  readonly id: string
  readonly name: string
  readonly isAdmin: boolean
  readonly hasSecondFactor: boolean
}

/** The code that Home Assistant gave a browser for us, and how we show that it was we who asked (PKCE, RFC 7636). */
export type Grant = { readonly code: string; readonly clientId: string; readonly verifier: string }

const tokens = z.object({ access_token: z.string(), refresh_token: z.string() })
const me = z.object({
  id: z.string(),
  name: z.string().nullable(),
  is_admin: z.boolean(),
  mfa_modules: z.array(z.object({ id: z.string(), enabled: z.boolean() })),
})

/**
 * Asks Home Assistant who the user is that it gave this code for, and whether a second factor is on: it tells a user of
 * themself, and nobody else (`auth/current_user`). The access is given back before this returns, whatever happened.
 *
 * Throws Problem `home-assistant/sign-in-refused` for a code that it does not know (any more).
 */
export async function userOfCode(
  access: Access,
  grant: Grant,
  signal: AbortSignal,
): Promise<CurrentUser> {
  const at = placeOf(access)
  const given = await exchange(access, grant, signal)
  try {
    await using open = await at((place) => openSession(place, given.access, signal))
    const user = await open.command({ type: 'auth/current_user' }, me)
    return {
      id: user.id,
      name: user.name ?? 'a user without a name',
      isAdmin: user.is_admin,
      hasSecondFactor: user.mfa_modules.some(({ enabled }) => enabled),
    }
  } finally {
    // Not by the visitor's signal: who closes the tab has not allowed us to keep it.
    await revoke(access, given.refresh)
  }
}

async function exchange(
  access: Access,
  { code, clientId, verifier }: Grant,
  signal: AbortSignal,
): Promise<{ readonly access: Secret; readonly refresh: Secret }> {
  const form = {
    grant_type: 'authorization_code',
    code,
    client_id: clientId,
    code_verifier: verifier,
  }
  const { status, text } = await placeOf(access)((place) =>
    postForm(place, '/auth/token', form, signal),
  )
  if (status === 400 || status === 403)
    throw new Problem(
      'home-assistant/sign-in-refused',
      'Home Assistant does not know this sign-in',
      { hint: 'sign in once more' },
    )
  const read = tokens.safeParse(jsonOf(text))
  if (status !== 200 || !read.success)
    throw new Problem(
      'home-assistant/unexpected-answer',
      `Home Assistant answered the sign-in with ${status} and something else than known`,
    )
  return {
    access: new Secret('access token', read.data.access_token),
    refresh: new Secret('refresh token', read.data.refresh_token),
  }
}

/** Ends the access and everything made with it. Home Assistant always answers 200 (RFC 7009, section 2.2). */
async function revoke(access: Access, refresh: Secret): Promise<void> {
  const never = new AbortController().signal
  const { status } = await placeOf(access)((place) =>
    postForm(place, '/auth/revoke', { token: refresh.reveal() }, never),
  )
  if (status !== 200)
    throw new Problem(
      'home-assistant/not-revoked',
      `Home Assistant did not take the access back (${status})`,
      { hint: 'remove it in your profile in Home Assistant (Security, Refresh tokens)' },
    )
}
