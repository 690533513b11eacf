import { randomBytes } from 'node:crypto'

/** The options of the http integration, as the store of 2026.8 has them. */
export type HttpConfig = {
  server_host?: string[]
  server_port: number
  ssl_certificate?: string
  ssl_key?: string
  ssl_peer_certificate?: string
  ssl_profile: string
  use_x_forwarded_for?: boolean
  trusted_proxies?: string[]
  ip_ban_enabled: boolean
  login_attempts_threshold: number
  cors_allowed_origins: string[]
  use_x_frame_options: boolean
}

export type Slot = HttpConfig & {
  created_at: string
  error: 'not_promoted' | 'apply_failed' | null
  error_message: string | null
}

export type SeenRequest = {
  readonly path: string
  readonly peer: string
  /** Whom Home Assistant takes for the visitor. */
  readonly visitor: string
  readonly status: number
}

export type User = {
  id: string
  name: string
  username: string
  password: string
  is_owner: boolean
  local_only: boolean
  is_admin: boolean
  /** The secret of the second factor, where one is set up. */
  totp: string | null
}

export type RefreshToken = {
  readonly id: string
  readonly user: string
  readonly clientId: string
  readonly access: string
}

/** What goes wrong when a test wants it to. */
export type Faults = {
  /** Commands whose answer is lost: they are carried out, and the connection breaks. */
  loseAnswerTo: Set<string>
  /** Commands that are not even heard: the connection breaks before. */
  loseCommand: Set<string>
  /** Restarts ignore that they were asked for. */
  restartHangs: boolean
}

export type State = {
  version: string
  /** `store`: from 2026.8; `yaml`: before. */
  world: 'store' | 'yaml'
  onboarded: boolean
  /** Registered until the first restart after the onboarding. */
  onboardingViews: boolean
  recoveryMode: boolean
  /** In the YAML world: what `configuration.yaml` says, in use since the last start. */
  stable: Slot
  pending: Slot | null
  /** What runs now. */
  active: 'stable' | 'pending'
  /** When a trial that nobody confirms ends. */
  revertAt: number | null
  /** False while it still starts: no change of the http settings is taken then. */
  running: boolean
  externalUrl: string | null
  configurationValid: boolean
  users: User[]
  /** Access tokens, and whose they are. */
  tokens: Map<string, string>
  /** What a sign-in left behind, until it is revoked. */
  refreshTokens: Map<string, RefreshToken>
  trustedNetworks: boolean
  issues: { domain: string; issue_id: string }[]
  seen: SeenRequest[]
  /** Failed sign-ins that Home Assistant told its owner about. */
  loginNotices: number
  notifications: Set<string>
  failures: Map<string, number>
  banned: Set<string>
  errorLog: string[]
  restarts: number
  faults: Faults
}

export function newState(port: number, more: Partial<State>): State {
  const stable: Slot = {
    server_port: port,
    ssl_profile: more.world === 'yaml' ? 'modern' : 'modern_v6',
    ip_ban_enabled: true,
    login_attempts_threshold: -1,
    cors_allowed_origins: ['https://cast.home-assistant.io'],
    use_x_frame_options: true,
    created_at: new Date(0).toISOString(),
    error: null,
    error_message: null,
  }
  const given = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined))
  return {
    version: more.world === 'yaml' ? '2026.2.3' : '2026.11.0',
    world: 'store',
    onboarded: true,
    onboardingViews: more.onboarded === false,
    recoveryMode: false,
    stable,
    pending: null,
    active: 'stable',
    revertAt: null,
    running: true,
    externalUrl: null,
    configurationValid: true,
    users: more.onboarded === false ? [] : [newUser('Owner', 'owner', 'an owner of the lab')],
    tokens: new Map(),
    refreshTokens: new Map(),
    trustedNetworks: false,
    issues: [],
    seen: [],
    loginNotices: 0,
    notifications: new Set(),
    failures: new Map(),
    banned: new Set(),
    errorLog: [],
    restarts: 0,
    faults: { loseAnswerTo: new Set(), loseCommand: new Set(), restartHangs: false },
    ...given,
  }
}

/** The first one is the owner; `more` makes somebody else of them. */
export const newUser = (
  name: string,
  username: string,
  password: string,
  more: Partial<User> = {},
): User => ({
  id: randomBytes(16).toString('hex'),
  name,
  username,
  password,
  is_owner: true,
  local_only: false,
  is_admin: true,
  totp: null,
  ...more,
})

/** A new access token of that user. */
export function newToken(state: State, user: User): string {
  const token = randomBytes(32).toString('base64url')
  state.tokens.set(token, user.id)
  return token
}

export const userOf = (state: State, token: string): User | undefined =>
  state.users.find(({ id }) => id === state.tokens.get(token))

/** The settings in use. */
export const inUse = (state: State): HttpConfig =>
  state.active === 'pending' && state.pending ? state.pending : state.stable

/** Without what the store adds: the form that `configure` takes. */
export function configOf(slot: Slot): HttpConfig {
  const { created_at: _at, error: _error, error_message: _message, ...config } = slot
  return config
}
