import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { secureHeaders } from 'hono/secure-headers'

import { reasonOf } from '../core/problem.ts'
import { isOurHost, newAdmissionKey, tokenFor, whyNotOurs } from './admission.ts'
import { apiRoutes } from './api.ts'
import type { LocalServerOptions } from './local.ts'
import { icon, script } from './page/script.ts'
import { style } from './page/style.ts'
import { pageRoutes } from './pages.ts'
import { placeOf, type Place } from './place.ts'
import { newSessions } from './sessions.ts'
import { signInRoutes } from './sign-in.ts'
import { visitorOf, type Visitor } from './visitor.ts'

/** What is known of a request when it comes to a page: who asks, and where the browser thinks it is. */
export type Asked = {
  Variables: {
    readonly visitor: Visitor
    readonly place: Place
    /** For the forms of the page. */
    readonly token: string
  }
}

/** The whole local server, without a socket. */
export function localApp({ door, hosts, panel, version, now }: LocalServerOptions): Hono<Asked> {
  const key = newAdmissionKey()
  const sessions = newSessions(now)
  const app = new Hono<Asked>()

  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        // Home Assistant shows it in a frame, from the same origin.
        frameAncestors: ["'self'"],
      },
      // The page has no TLS of its own: whoever stands before it decides.
      strictTransportSecurity: false,
      referrerPolicy: 'same-origin',
    }),
  )
  app.use(async (context, next) => {
    await next()
    if (!context.res.headers.has('cache-control'))
      context.res.headers.set('cache-control', 'no-store')
  })
  app.use(bodyLimit({ maxSize: 10_000 }))
  app.use(async (context, next) => {
    if (door.is !== 'ingress' && !isOurHost(context.req.header('host'), hosts))
      return context.text('this page is not known by that name (page.names)\n', 421)
    context.set('place', placeOf(context, door.is === 'ingress'))
    return await next()
  })

  // What nobody has to be known for.
  const asset = (path: string, type: string, text: string) =>
    app.get(path, (context) =>
      context.body(text, 200, { 'content-type': type, 'cache-control': 'max-age=86400' }),
    )
  asset('/style.css', 'text/css; charset=utf-8', style)
  asset('/script.js', 'text/javascript; charset=utf-8', script)
  asset('/icon.svg', 'image/svg+xml', icon)
  app.get('/health', (context) => context.text('ok\n'))

  app.use(async (context, next) => {
    const visitor = await visitorOf(context, door, panel, sessions)
    context.set('visitor', visitor)
    context.set('token', tokenFor(key, visitor.key))
    return await next()
  })
  app.on(['POST', 'PUT', 'PATCH', 'DELETE'], '*', async (context, next) => {
    const header = context.req.header('x-gatehouse-token')
    const form = header === undefined ? (await context.req.parseBody())['token'] : header
    const given = typeof form === 'string' ? form : undefined
    const refused = whyNotOurs(context, context.get('place'), given, context.get('token'))
    return refused === undefined
      ? await next()
      : context.json({ error: { code: 'page/refused', says: refused.says } }, refused.status)
  })

  app.route('/', signInRoutes({ door, panel, sessions, version }))
  app.route('/api', apiRoutes(panel))
  app.route('/', pageRoutes({ door, panel, version, now }))
  app.onError((error, context) =>
    error instanceof HTTPException
      ? error.getResponse()
      : context.json({ error: { code: 'page/failed', says: reasonOf(error) } }, 500),
  )
  return app
}
