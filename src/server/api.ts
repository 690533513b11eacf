import { Hono } from 'hono'

import type { Asked } from './app.ts'
import type { Panel } from './panel.ts'

/**
 * The JSON API: what the page shows, for programs. What changes something is a POST and wants the token of `/api/token`
 * in the header `x-gatehouse-token`.
 */
export function apiRoutes(panel: Panel): Hono<Asked> {
  const api = new Hono<Asked>()
  api.use(async (context, next) => {
    const { may, because } = context.get('visitor')
    return may === 'everything'
      ? await next()
      : context.json(
          { error: { code: 'page/refused', says: because ?? 'only administrators may ask' } },
          403,
        )
  })
  api.get('/token', (context) => context.json({ token: context.get('token') }))
  api.get('/status', (context) => context.json(panel.status()))
  api.get('/proofs', (context) => context.json(panel.status().verdict))
  api.get('/plan', async (context) => {
    const planned = await panel.plan(context.req.raw.signal)
    return context.json({
      safeguards: planned.map(({ name, plan }) =>
        plan.is === 'known'
          ? { name, ...plan.value }
          : { name, unknown: plan.is === 'unknown' ? plan.because : 'there is none' },
      ),
    })
  })
  api.get('/people', async (context) => {
    const people = await panel.people(context.req.raw.signal)
    return context.json(
      people.is === 'known'
        ? { people: people.value }
        : { people: null, unknown: people.is === 'unknown' ? people.because : 'there are none' },
    )
  })
  api.post('/look', (context) => {
    panel.look()
    return context.json({ asked: true }, 202)
  })
  api.post('/prove', async (context) => {
    await panel.prove()
    return context.json(panel.status().verdict)
  })
  api.notFound((context) =>
    context.json({ error: { code: 'page/no-such-thing', says: 'there is nothing here' } }, 404),
  )
  return api
}
