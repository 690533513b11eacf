import { randomBytes } from 'node:crypto'

import { z } from 'zod'

import { inUse, newToken, newUser, userOf, type State, type User } from './state.ts'

export type Page = {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly location?: string
}

export const json = (body: unknown, status = 200): Page => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
})
export const text = (body: string, status: number): Page => ({
  status,
  type: 'text/plain; charset=utf-8',
  body,
})

const steps = ['user', 'core_config', 'analytics', 'integration']
const newOwner = z.object({ name: z.string(), username: z.string(), password: z.string() })
const flowStep = z.object({ username: z.string(), password: z.string() })

/** The first steps of a new home, and how people sign in. */
export function signIn(state: State) {
  const codes = new Map<string, User>()
  const flows = new Set<string>()
  const done = new Set(state.onboarded ? steps : [])

  const codeFor = (user: User): string => {
    const code = randomBytes(16).toString('hex')
    codes.set(code, user)
    return code
  }

  /** `undefined`: no page of these. */
  function page(method: string, path: string, body: string, bearer: string): Page | undefined {
    if (path === '/api/onboarding')
      return state.onboardingViews
        ? json(steps.map((step) => ({ step, done: done.has(step) })))
        : text('404: Not Found', 404)
    if (method !== 'POST') return undefined
    if (path === '/auth/token') return tokens(new URLSearchParams(body))
    if (path.startsWith('/api/onboarding/')) return step(path.slice(16), body, bearer)
    if (path === '/auth/login_flow') {
      const flow = randomBytes(16).toString('hex')
      flows.add(flow)
      return json(form(flow, {}))
    }
    return path.startsWith('/auth/login_flow/') ? password(path.slice(17), body) : undefined
  }

  function step(name: string, body: string, bearer: string): Page {
    if (name === 'users') {
      if (done.has('user')) return json({ message: 'User step already done' }, 403)
      const { name: fullName, username, password: secret } = newOwner.parse(JSON.parse(body))
      const user = newUser(fullName, username, secret)
      state.users.push(user)
      state.onboarded = true
      done.add('user')
      return json({ auth_code: codeFor(user) })
    }
    const user = userOf(state, bearer)
    if (user === undefined) return text('401: Unauthorized', 401)
    if (!steps.includes(name)) return text('404: Not Found', 404)
    if (done.has(name)) return json({ message: 'already done' }, 403)
    done.add(name)
    return json(name === 'integration' ? { auth_code: codeFor(user) } : {})
  }

  function tokens(given: URLSearchParams): Page {
    const code = given.get('code') ?? ''
    const user = codes.get(code)
    codes.delete(code)
    if (given.get('grant_type') !== 'authorization_code')
      return json({ error: 'unsupported_grant_type' }, 400)
    return user === undefined
      ? json({ error: 'invalid_request', error_description: 'Invalid code' }, 400)
      : json({ access_token: newToken(state, user), token_type: 'Bearer', expires_in: 1800 })
  }

  function password(flow: string, body: string): Page {
    if (!flows.has(flow)) return json({ message: 'Invalid flow specified' }, 404)
    const given = flowStep.parse(JSON.parse(body))
    const user = state.users.find(
      (each) => each.username === given.username && each.password === given.password,
    )
    if (user === undefined) return { ...json(form(flow, { base: 'invalid_auth' })) }
    flows.delete(flow)
    return json({ type: 'create_entry', flow_id: flow, result: codeFor(user) })
  }

  return { page }
}

const form = (flow: string, errors: Readonly<Record<string, string>>) => ({
  type: 'form',
  flow_id: flow,
  handler: ['homeassistant', null],
  step_id: 'init',
  data_schema: [
    { name: 'username', required: true, type: 'string' },
    { name: 'password', required: true, type: 'string' },
  ],
  errors,
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
