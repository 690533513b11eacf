import { createHash, randomBytes } from 'node:crypto'

import { Hono, type Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { html } from 'hono/html'

import { Problem } from '../core/problem.ts'
import type { Asked } from './app.ts'
import { message, type Frame } from './page/layout.ts'
import { pagesFor } from './navigation.ts'
import type { Panel, SignedIn } from './panel.ts'
import type { Place } from './place.ts'
import type { Sessions } from './sessions.ts'
import { sessionCookie, type Door } from './visitor.ts'

type SignIn = {
  readonly door: Door
  readonly panel: Panel
  readonly sessions: Sessions
  readonly version: string
}

const stateCookie = 'gatehouse-sign-in'

const secret = (): string => randomBytes(32).toString('base64url')

/** Links to where a user signs in: behind ingress they are at Home Assistant already. */
export function waysToSignIn(
  door: Door,
  { homeAssistant: { atHome, outside } }: Panel,
  { base }: Place,
): readonly { readonly href: string; readonly title: string }[] {
  const way = (at: string, title: string) => ({ href: `${base}/sign-in?at=${at}`, title })
  return door.is === 'ingress'
    ? [way('here', 'Sign in')]
    : [
        way('home', `Sign in at ${new URL(atHome).host}`),
        way('outside', `Sign in at ${new URL(outside).host}`),
      ]
}

/**
 * Signing in with Home Assistant (OAuth 2 with IndieAuth, developers.home-assistant.io/docs/auth_api): the client's id is
 * the address of this page, and Home Assistant sends the browser back to the same host only.
 */
export function signInRoutes({ door, panel, sessions, version }: SignIn): Hono<Asked> {
  const routes = new Hono<Asked>()

  routes.get('/sign-in', (context) => {
    const place = context.get('place')
    const cookie = secret()
    const verifier = secret()
    const clientId = `${place.origin}${place.base}/`
    const state = sessions.begin({ cookie, clientId, verifier })
    keepCookie(context, stateCookie, cookie)
    const target = new URL(`${whereTo(context.req.query('at'), place)}/auth/authorize`)
    target.search = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: `${clientId}signed-in`,
      state,
      // Home Assistant knows it since 2026.11, and ignored it before.
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString()
    return context.redirect(target.href, 302)
  })

  routes.get('/signed-in', async (context) => {
    const begun = sessions.finish(context.req.query('state'))
    const code = context.req.query('code')
    if (begun === undefined || begun.cookie !== getCookie(context, stateCookie) || !code)
      return context.html(
        say(
          context,
          'Not signed in',
          'This sign-in was not begun here, or too long ago. Try again.',
        ),
        400,
      )
    try {
      const user = await panel.signIn({ ...begun, code }, context.req.raw.signal)
      if (door.is === 'network') keepCookie(context, sessionCookie, sessions.open(user))
      return context.html(say(context, 'Thank you', told(user)))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return context.html(say(context, 'Not signed in', `${error.message}. Try again.`), 502)
    }
  })

  const whereTo = (at: string | undefined, { origin }: Place): string => {
    if (door.is === 'ingress') return origin
    return at === 'outside' ? panel.homeAssistant.outside : panel.homeAssistant.atHome
  }
  const say = (context: Context<Asked>, heading: string, says: string) => {
    const { base } = context.get('place')
    const frame: Frame = {
      title: heading,
      base,
      version,
      pages: pagesFor(context.get('visitor')),
      current: '',
      refresh: false,
    }
    const back = html`<p class="actions">
      <a class="button" href="${base}/second-factor">See who has a second factor</a>
    </p>`
    return message(frame, heading, says, back)
  }
  return routes
}

const told = ({ name, hasSecondFactor }: SignedIn): string =>
  hasSecondFactor
    ? `${name}, Home Assistant says that your second factor is on. That is kept, with today's date, and nothing else.`
    : `${name}, Home Assistant says that you have no second factor: your password alone opens the house. Turn it on in your profile (Security, Multi-factor authentication), and come here once more.`

/** It comes back with a page that another site leads to, so `Lax`; no script reads it. */
function keepCookie(context: Context<Asked>, name: string, value: string): void {
  const { origin, base } = context.get('place')
  setCookie(context, name, value, {
    httpOnly: true,
    sameSite: 'Lax',
    secure: origin.startsWith('https:'),
    path: `${base}/`,
  })
}
