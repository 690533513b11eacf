import { createHash, randomBytes } from 'node:crypto'

import { json, text, type Page } from './page.ts'
import { newToken, type State, type User } from './state.ts'

export type Client = {
  readonly clientId: string
  /** Of PKCE: the S256 challenge. */
  readonly challenge?: string | undefined
}

/** Codes, and the tokens that they are exchanged for (components/auth/__init__.py, 2026.11). */
export function grants(state: State) {
  const codes = new Map<string, Client & { readonly user: User }>()

  /** A code for that client, good once. */
  function codeFor(user: User, client: Client): string {
    const code = randomBytes(16).toString('hex')
    codes.set(code, { ...client, user })
    return code
  }

  /** `undefined`: no page of these. */
  function page(path: string, body: string): Page | undefined {
    const form = new URLSearchParams(body)
    if (path === '/auth/revoke') return revoke(form.get('token') ?? '')
    return path === '/auth/token' ? tokens(form) : undefined
  }

  function tokens(form: URLSearchParams): Page {
    if (form.get('action') === 'revoke') return revoke(form.get('token') ?? '')
    if (form.get('grant_type') !== 'authorization_code')
      return json({ error: 'unsupported_grant_type' }, 400)
    const code = form.get('code') ?? ''
    const granted = codes.get(code)
    codes.delete(code)
    if (granted === undefined || granted.clientId !== form.get('client_id'))
      return json({ error: 'invalid_request', error_description: 'Invalid code' }, 400)
    const wrong = whyNotVerified(granted.challenge, form.get('code_verifier'))
    if (wrong !== undefined) return json({ error: 'invalid_grant', error_description: wrong }, 400)
    const access = newToken(state, granted.user)
    const refresh = randomBytes(64).toString('hex')
    state.refreshTokens.set(refresh, {
      id: randomBytes(16).toString('hex'),
      user: granted.user.id,
      clientId: granted.clientId,
      access,
    })
    return json({
      access_token: access,
      token_type: 'Bearer',
      refresh_token: refresh,
      expires_in: 1800,
      ha_auth_provider: 'homeassistant',
    })
  }

  /** Whatever it was, the answer is the same. */
  function revoke(refresh: string): Page {
    const known = state.refreshTokens.get(refresh)
    state.refreshTokens.delete(refresh)
    if (known) state.tokens.delete(known.access)
    return text('', 200)
  }

  return { codeFor, page }
}

function whyNotVerified(
  challenge: string | undefined,
  verifier: string | null,
): string | undefined {
  if (challenge === undefined)
    return verifier === null
      ? undefined
      : 'Code verifier provided but no code challenge was present'
  if (verifier === null) return 'Code verifier required'
  return createHash('sha256').update(verifier).digest('base64url') === challenge
    ? undefined
    : 'Invalid code verifier'
}
