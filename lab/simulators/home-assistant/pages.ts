import { coreConfig, notValid } from './commands.ts'
import { isLocal } from './forwarded.ts'
import { json, text, type Page } from './page.ts'
import { userOf, type State } from './state.ts'

export type Request = {
  readonly method: string
  readonly path: string
  readonly visitor: string
  readonly bearer: string
}

/** What everybody may see. `undefined`: nothing of the kind. */
export function openPage(state: State, { path, visitor }: Request): Page | undefined {
  if (path === '/') return state.onboarded ? home : { ...home, status: 302, body: '', location }
  if (path === '/manifest.json')
    return {
      status: 200,
      type: 'application/manifest+json',
      body: '{"name":"Home Assistant","short_name":"Home Assistant","start_url":"/?homescreen=1"}',
    }
  if (path !== '/auth/providers') return undefined
  if (!state.onboarded)
    return json({ message: 'Onboarding not finished', code: 'onboarding_required' }, 400)
  const networks = state.trustedNetworks
    ? [{ name: 'Trusted Networks', id: null, type: 'trusted_networks' }]
    : []
  return json({
    providers: [{ name: 'Home Assistant Local', id: null, type: 'homeassistant' }, ...networks],
    preselect_remember_me: isLocal(visitor),
  })
}

const location = '/onboarding.html'
const home: Page = {
  status: 200,
  type: 'text/html; charset=utf-8',
  body: '<!DOCTYPE html><html><head><title>Home Assistant</title><meta name="application-name" content="Home Assistant"></head><body></body></html>',
}

/** What takes a token; `restart` is called when it was asked for. */
export function ownersPage(state: State, request: Request, restart: () => void): Page {
  const { method, path } = request
  if (!path.startsWith('/api/')) return text('404: Not Found', 404)
  if (userOf(state, request.bearer) === undefined) return text('401: Unauthorized', 401)
  if (path === '/api/config') return json(coreConfig(state))
  if (path === '/api/core/state') return json({ state: coreConfig(state).state })
  if (path === '/api/error_log')
    return { ...text(state.errorLog.join('\n'), 200), type: 'application/octet-stream' }
  if (method !== 'POST') return text('404: Not Found', 404)
  if (path === '/api/config/core/check_config')
    return json(
      state.configurationValid
        ? { result: 'valid', errors: null, warnings: null }
        : {
            result: 'invalid',
            errors: notValid,
            warnings: null,
          },
    )
  if (path === '/api/services/homeassistant/restart') {
    if (!state.configurationValid) return text('500 Internal Server Error', 500)
    restart()
    return json([])
  }
  return text('404: Not Found', 404)
}
