import { randomBytes } from 'node:crypto'

import { refuse, type Outcome } from './http-store.ts'
import { newUser, type State, type User } from './state.ts'
import { newSecret, totp } from './totp.ts'

type Command = (state: State, message: Readonly<Record<string, unknown>>, user: User) => Outcome

/** Set-ups that wait for their first code. */
const waiting = new Map<string, { readonly user: User; readonly secret: string }>()

/** Users as an administrator makes them, and what each does about their own second factor and sessions. */
export const peopleCommands: Readonly<Record<string, Command>> = {
  'auth/setup_mfa': (_state, message, user) => {
    const { mfa_module_id: module, flow_id: flow, user_input: input } = message
    if (typeof flow !== 'string') {
      if (module !== 'totp') return refuse('no_module', `MFA module ${String(module)} is not found`)
      const id = randomBytes(16).toString('hex')
      const secret = newSecret()
      waiting.set(id, { user, secret })
      return { result: { ...step(id, {}), description_placeholders: { code: secret } } }
    }
    const begun = waiting.get(flow)
    if (begun?.user !== user) return refuse('unknown_error', 'Unknown error')
    const given = typeof input === 'object' && input !== null && 'code' in input ? input.code : ''
    if (given !== totp(begun.secret, new Date()))
      return { result: step(flow, { base: 'invalid_code' }) }
    user.totp = begun.secret
    waiting.delete(flow)
    return { result: { type: 'create_entry', flow_id: flow, handler: 'totp' } }
  },
  'auth/depose_mfa': (_state, _message, user) => {
    user.totp = null
    return { result: 'done' }
  },
  'config/auth/create': (state, { name, group_ids: groups, local_only: localOnly }) => {
    const user = newUser(String(name), '', randomBytes(16).toString('hex'), {
      is_owner: false,
      is_admin: Array.isArray(groups) && groups.includes('system-admin'),
      local_only: localOnly === true,
    })
    state.users.push(user)
    return { result: { user: { id: user.id, name: user.name } } }
  },
  'config/auth_provider/homeassistant/create': (state, { user_id: id, username, password }) => {
    const user = state.users.find((each) => each.id === id)
    if (!user) return refuse('not_found', 'User not found')
    Object.assign(user, { username, password })
    return { result: null }
  },
  'auth/refresh_tokens': (state, _message, user) => ({
    result: [...state.refreshTokens.values()]
      .filter((each) => each.user === user.id)
      .map(({ id, clientId }) => ({ id, client_id: clientId, type: 'normal' })),
  }),
}

const step = (id: string, errors: Readonly<Record<string, string>>) => ({
  type: 'form',
  flow_id: id,
  handler: 'totp',
  step_id: 'init',
  data_schema: [{ name: 'code', required: true, type: 'string' }],
  errors,
})
