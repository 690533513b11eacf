import { z } from 'zod'

import { grants } from './grants.ts'
import { loginFlow } from './login-flow.ts'
import { json, text, type Page } from './page.ts'
import { inUse, newUser, userOf, type State } from './state.ts'

const steps = ['user', 'core_config', 'analytics', 'integration']
const newOwner = z.object({
  name: z.string(),
  username: z.string(),
  password: z.string(),
  client_id: z.string(),
})

/** The first steps of a new home, and how people sign in. */
export function signIn(state: State) {
  const { codeFor, page: tokenPage } = grants(state)
  const flowPage = loginFlow(state, codeFor)
  const done = new Set(state.onboarded ? steps : [])

  /** `undefined`: no page of these. */
  function page(method: string, path: string, body: string, bearer: string): Page | undefined {
    if (path === '/api/onboarding')
      return state.onboardingViews
        ? json(steps.map((step) => ({ step, done: done.has(step) })))
        : text('404: Not Found', 404)
    if (path === '/auth/authorize' && method === 'GET') return authorize
    if (path === '/.well-known/oauth-authorization-server') return metadata
    if (method !== 'POST') return undefined
    if (path.startsWith('/api/onboarding/')) return step(path.slice(16), body, bearer)
    return tokenPage(path, body) ?? flowPage(path, body)
  }

  function step(name: string, body: string, bearer: string): Page {
    if (name === 'users') {
      if (done.has('user')) return json({ message: 'User step already done' }, 403)
      const { client_id: clientId, ...owner } = newOwner.parse(JSON.parse(body))
      const user = newUser(owner.name, owner.username, owner.password)
      state.users.push(user)
      state.onboarded = true
      done.add('user')
      return json({ auth_code: codeFor(user, { clientId }) })
    }
    const user = userOf(state, bearer)
    if (user === undefined) return text('401: Unauthorized', 401)
    if (!steps.includes(name)) return text('404: Not Found', 404)
    if (done.has(name)) return json({ message: 'already done' }, 403)
    done.add(name)
    if (name !== 'integration') return json({})
    const { client_id: clientId } = z.object({ client_id: z.string() }).parse(JSON.parse(body))
    return json({ auth_code: codeFor(user, { clientId }) })
  }

  return { page }
}

/** The page on which people sign in. What it does is its script's, which speaks to `/auth/login_flow`. */
const authorize: Page = {
  status: 200,
  type: 'text/html; charset=utf-8',
  body: '<!DOCTYPE html><html><head><title>Home Assistant</title></head><body><ha-authorize></ha-authorize></body></html>',
}

/** What it says of its sign-in to programs (RFC 8414), as far as somebody asks. */
const metadata = json({
  authorization_endpoint: '/auth/authorize',
  token_endpoint: '/auth/token',
  revocation_endpoint: '/auth/revoke',
  code_challenge_methods_supported: ['S256'],
})

/** A failed sign-in: the owner is told, and at the threshold the visitor is banned (http/ban.py). */
export function failedSignIn(state: State, visitor: string): void {
  state.loginNotices++
  state.notifications.add('http-login')
  state.errorLog.push(`Login attempt or request with invalid authentication from ${visitor}.`)
  const { ip_ban_enabled: bans, login_attempts_threshold: threshold } = inUse(state)
  if (!bans || threshold < 1) return
  const count = (state.failures.get(visitor) ?? 0) + 1
  state.failures.set(visitor, count)
  if (count < threshold) return
  state.banned.add(visitor)
  state.notifications.add('ip-ban')
}
