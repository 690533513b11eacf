import { z } from 'zod'

import { configure, promote, refuse, shown, type Outcome } from './http-store.ts'
import { peopleCommands } from './people.ts'
import { newToken, type State, type User } from './state.ts'

type Message = Readonly<Record<string, unknown>>

/** What the WebSocket API answers; `restart` when it restarts after the answer. */
export async function command(
  state: State,
  user: User,
  message: Message,
  canBind: (port: number) => Promise<string | undefined>,
): Promise<Outcome> {
  const type = String(message['type'])
  const answers = common[type]
  if (answers) return answers(state, message, user)
  if (state.world === 'store') {
    if (type === 'http/config') return shown(state)
    if (type === 'http/config/configure') return configure(state, message['config'], canBind)
    if (type === 'http/config/promote') return promote(state)
  }
  return refuse('unknown_command', 'Unknown command.')
}

const common: Readonly<Record<string, (state: State, message: Message, user: User) => Outcome>> = {
  get_config: (state) => ({ result: coreConfig(state) }),
  'config/core/update': (state, { external_url: url }) => {
    if (typeof url === 'string' && !/^https?:\/\/[^/]+\/?$/.test(url))
      return refuse('invalid_format', "invalid url for dictionary value @ data['external_url']")
    if (typeof url === 'string' || url === null) state.externalUrl = url
    return { result: null }
  },
  'config/auth/list': (state) => ({ result: [system, ...state.users.map(userInfo)] }),
  'auth/current_user': (_state, _message, user) => ({
    result: {
      id: user.id,
      name: user.name,
      is_owner: user.is_owner,
      is_admin: user.is_admin,
      credentials: [{ auth_provider_type: 'homeassistant', auth_provider_id: null }],
      mfa_modules: [{ id: 'totp', name: 'Authenticator app', enabled: user.totp !== null }],
    },
  }),
  ...peopleCommands,
  'auth/long_lived_access_token': (state, _message, user) => ({ result: newToken(state, user) }),
  // One entry for each place in its code, with its last messages.
  'system_log/list': (state) => ({
    result: [/^A request from/, /^Received X-Forwarded-For/].flatMap((place) => {
      const said = state.errorLog.filter((each) => place.test(each))
      const message = [...new Set(said)].slice(-5)
      return message.length === 0
        ? []
        : [
            {
              ...logEntry,
              name: 'homeassistant.components.http.forwarded',
              message,
              count: said.length,
            },
          ]
    }),
  }),
  'repairs/list_issues': (state) => ({ result: { issues: state.issues } }),
  'persistent_notification/get': (state) => ({
    result: [...state.notifications].map((id) => ({
      notification_id: id,
      message: id,
      title: id,
      created_at: new Date(0).toISOString(),
    })),
  }),
  call_service: (state, { domain, service, service_data: data }) => {
    if (domain === 'persistent_notification') return notification(state, String(service), data)
    if (domain !== 'homeassistant' || !/^(?:restart|check_config)$/.test(String(service)))
      return refuse('not_found', 'Service not found.')
    else if (!state.configurationValid) {
      state.notifications.add('homeassistant.check_config')
      return refuse(
        'home_assistant_error',
        `The system cannot ${String(service)} because the configuration is not valid: ${notValid}`,
      )
    } else if (service === 'restart') return { result: { context: {} }, restart: true }
    return { result: { context: {} } }
  },
}

const notificationData = z.object({
  notification_id: z.string().optional(),
  message: z.string().optional(),
})

/** Its page of notifications, as far as others write on it. Dismissing what is not there is no error. */
function notification(state: State, service: string, data: unknown): Outcome {
  const { notification_id: id, message } = notificationData.parse(data ?? {})
  switch (service) {
    case 'create':
      if (message === undefined)
        return refuse('invalid_format', "required key not provided @ data['message']")
      state.notifications.add(id ?? `notification-${state.notifications.size}`)
      break
    case 'dismiss':
      if (id === undefined)
        return refuse('invalid_format', "required key not provided @ data['notification_id']")
      state.notifications.delete(id)
      break
    case 'dismiss_all':
      state.notifications.clear()
      break
    default:
      return refuse('not_found', 'Service not found.')
  }
  return { result: { context: {} } }
}

/** What its check says of a configuration that a test broke. */
export const notValid = "Invalid config for 'homeassistant' at configuration.yaml, line 4"

/** The same by WebSocket and by request. */
export const coreConfig = (state: State) => ({
  version: state.version,
  state: state.running ? 'RUNNING' : 'STARTING',
  external_url: state.externalUrl,
  internal_url: null,
  safe_mode: false,
  recovery_mode: state.recoveryMode,
  components: ['http', 'api', 'frontend'],
})

const logEntry = {
  level: 'ERROR',
  source: ['components/http/forwarded.py', 107],
  timestamp: 0,
  exception: '',
  first_occurred: 0,
}

const userInfo = (user: User) => ({
  id: user.id,
  username: user.username,
  name: user.name,
  is_owner: user.is_owner,
  is_active: true,
  local_only: user.local_only,
  system_generated: false,
  group_ids: [user.is_admin ? 'system-admin' : 'system-users'],
  credentials: [{ type: 'homeassistant' }],
})

/** Home Assistant has users of its own. */
const system = {
  id: '0'.repeat(32),
  username: null,
  name: 'Home Assistant Content',
  is_owner: false,
  is_active: true,
  local_only: false,
  system_generated: true,
  group_ids: ['system-read-only'],
  credentials: [],
}
