import { randomBytes } from 'node:crypto'

import { z } from 'zod'

import type { Client } from './grants.ts'
import { json, type Page } from './page.ts'
import type { State, User } from './state.ts'
import { totp } from './totp.ts'

const begun = z.object({
  client_id: z.string(),
  redirect_uri: z.string(),
  code_challenge: z.string().optional(),
})
const credentials = z.object({ username: z.string(), password: z.string() })
const secondFactor = z.object({ code: z.string() })

type Flow = Client & { readonly redirect: string; user?: User }

/** How a person signs in, step by step, as the page of `/auth/authorize` does it (components/auth/login_flow.py, 2026.11). */
export function loginFlow(state: State, codeFor: (user: User, client: Client) => string) {
  const flows = new Map<string, Flow>()

  /** `undefined`: no page of these. */
  return (path: string, body: string): Page | undefined => {
    if (path === '/auth/login_flow') return begin(JSON.parse(body))
    if (!path.startsWith('/auth/login_flow/')) return undefined
    const id = path.slice('/auth/login_flow/'.length)
    const flow = flows.get(id)
    if (flow === undefined) return json({ message: 'Invalid flow specified' }, 404)
    return flow.user === undefined
      ? password(id, flow, JSON.parse(body))
      : code(id, flow, flow.user, JSON.parse(body))
  }

  function begin(given: unknown): Page {
    const read = begun.safeParse(given)
    if (!read.success) return json({ message: 'Message format incorrect' }, 400)
    const { client_id: clientId, redirect_uri: redirect, code_challenge: challenge } = read.data
    if (!URL.canParse(clientId)) return json({ message: 'Invalid client id' }, 400)
    const id = randomBytes(16).toString('hex')
    flows.set(id, { clientId, redirect, challenge })
    return json(passwordForm(id, {}))
  }

  function password(id: string, flow: Flow, given: unknown): Page {
    const { username, password: secret } = credentials.parse(given)
    const user = state.users.find((each) => each.username === username && each.password === secret)
    if (user === undefined) return json(passwordForm(id, { base: 'invalid_auth' }))
    if (user.totp === null) return done(id, flow, user)
    flow.user = user
    return json(codeForm(id, {}))
  }

  function code(id: string, flow: Flow, user: User, given: unknown): Page {
    const { code: digits } = secondFactor.parse(given)
    const { totp: secret } = user
    const now = Date.now()
    // One step of the clock either way (pyotp's valid_window).
    const valid = [-30_000, 0, 30_000].some(
      (off) => secret !== null && totp(secret, new Date(now + off)) === digits,
    )
    return valid ? done(id, flow, user) : json(codeForm(id, { base: 'invalid_code' }))
  }

  function done(id: string, flow: Flow, user: User): Page {
    flows.delete(id)
    if (!sameSite(flow.clientId, flow.redirect))
      return json({ message: 'Invalid redirect URI' }, 403)
    return json({
      version: 1,
      type: 'create_entry',
      flow_id: id,
      handler: ['homeassistant', null],
      result: codeFor(user, flow),
    })
  }
}

/** Where a client may be sent back to, without links on its page (components/auth/indieauth.py). */
const sameSite = (clientId: string, redirect: string): boolean =>
  URL.canParse(redirect) && new URL(clientId).origin === new URL(redirect).origin

type Errors = Readonly<Record<string, string>>

const form = (id: string, step: string, fields: readonly string[], errors: Errors) => ({
  type: 'form',
  flow_id: id,
  handler: ['homeassistant', null],
  step_id: step,
  data_schema: fields.map((name) => ({ name, required: true, type: 'string' })),
  errors,
})

const passwordForm = (id: string, errors: Errors) =>
  form(id, 'init', ['username', 'password'], errors)

const codeForm = (id: string, errors: Errors) => ({
  ...form(id, 'mfa', ['code'], errors),
  description_placeholders: { mfa_module_name: 'Authenticator app', mfa_module_id: 'totp' },
})
