import { Hono } from 'hono'
import { html } from 'hono/html'

import { known } from '../core/fact.ts'
import type { Asked } from './app.ts'
import { layout, message, type Frame } from './page/layout.ts'
import { overview } from './page/overview.ts'
import { peoplePage } from './page/people.ts'
import { planPage } from './page/plan.ts'
import type { Panel } from './panel.ts'
import { pagesFor, titleOf } from './navigation.ts'
import { waysToSignIn } from './sign-in.ts'
import type { Door, Visitor } from './visitor.ts'

type Pages = {
  readonly door: Door
  readonly panel: Panel
  readonly version: string
  readonly now: () => Date
}

/** The pages for people. */
export function pageRoutes({ door, panel, version, now }: Pages): Hono<Asked> {
  const pages = new Hono<Asked>()
  const frame = (visitor: Visitor, base: string, current: string): Frame => ({
    title: titleOf(current),
    base,
    version,
    pages: pagesFor(visitor),
    current,
    refresh: current === '/',
  })

  pages.use(async (context, next) => {
    const visitor = context.get('visitor')
    if (visitor.may !== 'nothing') return await next()
    const place = context.get('place')
    const ways = door.is === 'network' ? waysToSignIn(door, panel, place) : []
    return context.html(
      message(
        frame(visitor, place.base, ''),
        'Who are you?',
        visitor.because ?? '',
        html`<p class="actions">
          ${ways.map(({ href, title }) => html`<a class="button" href="${href}">${title}</a>`)}
        </p>`,
      ),
      403,
    )
  })

  pages.get('/second-factor', async (context) => {
    const visitor = context.get('visitor')
    const place = context.get('place')
    const people = await panel.people(context.req.raw.signal)
    const visible =
      people.is === 'known' && visitor.may === 'themself'
        ? known(people.value.filter(({ id }) => id === visitor.userId))
        : people
    return context.html(
      layout(
        frame(visitor, place.base, '/second-factor'),
        peoplePage({ people: visible, ways: waysToSignIn(door, panel, place), now: now() }),
      ),
    )
  })

  pages.use(async (context, next) =>
    context.get('visitor').may === 'everything'
      ? await next()
      : context.redirect(`${context.get('place').base}/second-factor`, 303),
  )
  pages.get('/', (context) => {
    const { base } = context.get('place')
    return context.html(
      layout(
        frame(context.get('visitor'), base, '/'),
        overview({
          names: panel.names,
          status: panel.status(),
          proving: panel.isProving(),
          base,
          token: context.get('token'),
          now: now(),
        }),
      ),
    )
  })
  pages.get('/plan', async (context) =>
    context.html(
      layout(
        frame(context.get('visitor'), context.get('place').base, '/plan'),
        planPage(await panel.plan(context.req.raw.signal)),
      ),
    ),
  )
  pages.post('/look', (context) => {
    panel.look()
    return context.redirect(`${context.get('place').base}/`, 303)
  })
  pages.post('/prove', (context) => {
    // The page does not wait for it: it says that proofs are being made, and shows them when they are.
    panel.prove().catch(() => undefined)
    return context.redirect(`${context.get('place').base}/`, 303)
  })
  pages.notFound((context) =>
    context.html(
      message(
        frame(context.get('visitor'), context.get('place').base, ''),
        'Nothing here',
        'There is no such page.',
      ),
      404,
    ),
  )
  return pages
}
