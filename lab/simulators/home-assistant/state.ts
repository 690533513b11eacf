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
  readonly visitor: string
  readonly status: number
}

export type State = {
  version: string
  /** `store`: from 2026.8; `yaml`: before. */
  world: 'store' | 'yaml'
  onboarded: boolean
  recoveryMode: boolean
  stable: Slot
  pending: Slot | null
  /** What runs now. */
  active: 'stable' | 'pending'
  revertAt: number | null
  running: boolean
  externalUrl: string | null
  configurationValid: boolean
  users: { id: string; name: string; is_owner: boolean; local_only: boolean; mfa: boolean }[]
  trustedNetworks: boolean
  seen: SeenRequest[]
  /** Sign-in failures that Home Assistant would tell its owner about. */
  loginNotices: number
  errorLog: string[]
  restarts: number
}

export function newState(port: number, more: Partial<State>): State {
  const stable: Slot = {
    server_port: port,
    ssl_profile: 'modern',
    ip_ban_enabled: true,
    login_attempts_threshold: -1,
    cors_allowed_origins: ['https://cast.home-assistant.io'],
    use_x_frame_options: true,
    created_at: new Date(0).toISOString(),
    error: null,
    error_message: null,
  }
  return {
    version: more.world === 'yaml' ? '2026.2.3' : '2026.9.4',
    world: 'store',
    onboarded: true,
    recoveryMode: false,
    stable,
    pending: null,
    active: 'stable',
    revertAt: null,
    running: true,
    externalUrl: null,
    configurationValid: true,
    users: [{ id: 'owner', name: 'Owner', is_owner: true, local_only: false, mfa: false }],
    trustedNetworks: false,
    seen: [],
    loginNotices: 0,
    errorLog: [],
    restarts: 0,
    ...more,
  }
}

/** Without what the store adds: the form that `configure` takes. */
export function configOf(slot: Slot): HttpConfig {
  const { created_at: _at, error: _error, error_message: _message, ...config } = slot
  return config
}
