import { existsSync } from 'node:fs'
import { isIP } from 'node:net'

import { configOf, newState, type HttpConfig, type Slot, type State } from './state.ts'

export type Outcome =
  | { readonly result: unknown; readonly restart?: boolean }
  | { readonly error: { readonly code: string; readonly message: string } }

export const refuse = (code: string, message: string): Outcome => ({ error: { code, message } })

/** What `http/config` shows. */
export const shown = (state: State): Outcome => ({
  result: {
    stable: state.stable,
    pending: state.pending,
    revert_at: state.revertAt === null ? null : new Date(state.revertAt).toISOString(),
    active_config_type: state.active,
    default: newState(8123, {}).stable,
  },
})

/**
 * `http/config/configure`: stages settings, or takes back what is staged. Whatever changes the pending slot asks for a
 * restart. `canBind` tells why a port cannot be taken.
 */
export async function configure(
  state: State,
  given: unknown,
  canBind: (port: number) => Promise<string | undefined>,
): Promise<Outcome> {
  const read = given === null ? null : readConfig(given)
  if (typeof read === 'string') return refuse('invalid_format', read)
  if (!state.running)
    return refuse(
      'not_running',
      'The HTTP configuration can only be changed while Home Assistant is running, current state: STARTING',
    )
  if (read !== null) {
    const bound = state.active === 'pending' ? state.pending : state.stable
    const why =
      read.server_port === bound?.server_port ? undefined : await canBind(read.server_port)
    if (why !== undefined) return refuse('bind_failed', why)
  }
  const before = state.pending
  if (read === null || same(read, configOf(state.stable))) state.pending = null
  else if (!(before && before.error === null && same(read, configOf(before)))) {
    state.pending = {
      ...read,
      created_at: new Date().toISOString(),
      error: null,
      error_message: null,
    }
  }
  const restart = state.pending !== before
  return { result: { restart }, restart }
}

/** `http/config/promote`: what is staged becomes what is used, tried or not. */
export function promote(state: State): Outcome {
  if (!state.pending) return refuse('not_allowed', 'No pending HTTP config to promote')
  if (state.pending.error !== null)
    return refuse(
      'not_allowed',
      `Cannot promote pending HTTP config with error: ${state.pending.error}`,
    )
  state.stable = state.pending
  state.pending = null
  state.active = 'stable'
  state.revertAt = null
  return { result: null }
}

/** Which settings a normal boot takes. */
export function activate(state: State): Slot {
  const tries = state.pending !== null && state.pending.error === null
  state.active = tries ? 'pending' : 'stable'
  return tries && state.pending ? state.pending : state.stable
}

const defaults = configOf(newState(8123, {}).stable)

/** The settings with the defaults, networks in network form; or what is wrong with them. */
function readConfig(given: unknown): HttpConfig | string {
  if (typeof given !== 'object' || given === null) return 'expected a dictionary'
  const extra = Object.keys(given).find((key) => !known.has(key))
  if (extra !== undefined) return `extra keys not allowed @ data['config']['${extra}']`
  // What was sent is of the type that the keys say, or the tests of the contract would fail on it.
  const config: HttpConfig = { ...defaults, ...given }
  const proxies = (config.trusted_proxies ?? []).map(network)
  if (proxies.includes(undefined)) return "expected a network address @ data['trusted_proxies']"
  if (config.use_x_forwarded_for === true && proxies.length === 0)
    return "at least one trusted proxy is required to use X-Forwarded-For @ data['trusted_proxies']"
  for (const file of [config.ssl_certificate, config.ssl_key, config.ssl_peer_certificate])
    if (file !== undefined && !existsSync(file)) return 'not a file'
  return config.trusted_proxies === undefined
    ? config
    : { ...config, trusted_proxies: proxies.filter((proxy) => proxy !== undefined) }
}

/** `192.0.2.1` is a network of one; bits behind the prefix are an error (Python's ip_network). */
function network(text: string): string | undefined {
  const [address = '', bits] = text.split('/')
  const family = isIP(address)
  if (family === 0) return undefined
  const width = family === 4 ? 32 : 128
  if (bits === undefined) return `${address}/${width}`
  if (family === 6) return text
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return value % 2 ** (32 - Number(bits)) === 0 ? text : undefined
}

const known = new Set([
  'server_host',
  'server_port',
  'ssl_certificate',
  'ssl_key',
  'ssl_peer_certificate',
  'ssl_profile',
  'use_x_forwarded_for',
  'trusted_proxies',
  'ip_ban_enabled',
  'login_attempts_threshold',
  'cors_allowed_origins',
  'use_x_frame_options',
])

const same = (a: HttpConfig, b: HttpConfig): boolean => canonical(a) === canonical(b)

const canonical = (config: HttpConfig): string =>
  JSON.stringify(
    Object.entries(config)
      .filter(([, value]) => value !== undefined)
      .toSorted(([a], [b]) => a.localeCompare(b)),
  )
