import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'

import type { Address } from '../core/address.ts'
import type { Panel } from './panel.ts'
import type { Sessions } from './sessions.ts'

/** Which way people come to the page, and who has made sure that they are who they are. */
export type Door =
  /** This machine alone: whoever is on it may ask the keeper anyway. */
  | { readonly is: 'loopback' }
  /** Home Assistant, whose Supervisor says which user it is. Nobody else's connection is taken. */
  | { readonly is: 'ingress'; readonly from: Address }
  /** Anybody who reaches it: they sign in with Home Assistant first. */
  | { readonly is: 'network' }

/** An administrator sees and asks everything; a user sees themself; nobody sees nothing, and is told why. */
export type Visitor = {
  /** What tokens are made for. */
  readonly key: string
  readonly may: 'everything' | 'themself' | 'nothing'
  /** Of Home Assistant, where it is known. */
  readonly userId?: string
  readonly because?: string
}

export const sessionCookie = 'gatehouse-session'

/** Who asks. In doubt nobody: an ingress page can be opened by every user of Home Assistant, whatever the menu shows. */
export async function visitorOf(
  context: Context,
  door: Door,
  panel: Panel,
  sessions: Sessions,
): Promise<Visitor> {
  switch (door.is) {
    case 'loopback':
      return { key: 'this machine', may: 'everything' }
    case 'network': {
      const id = getCookie(context, sessionCookie)
      const user = sessions.of(id)
      return user === undefined || id === undefined
        ? { key: '', may: 'nothing', because: 'sign in with your user of Home Assistant' }
        : { key: id, may: user.isAdmin ? 'everything' : 'themself', userId: user.id }
    }
    case 'ingress': {
      const userId = context.req.header('x-remote-user-id')
      if (userId === undefined)
        return { key: '', may: 'nothing', because: 'Home Assistant did not say who you are' }
      const people = await panel.people(context.req.raw.signal)
      if (people.is !== 'known')
        return {
          key: userId,
          may: 'nothing',
          because: `whether you are an administrator is not known${people.is === 'unknown' ? ` (${people.because})` : ''}`,
        }
      const user = people.value.find(({ id }) => id === userId)
      return user === undefined
        ? { key: userId, may: 'nothing', because: 'Home Assistant does not know your user' }
        : { key: userId, may: user.isAdmin ? 'everything' : 'themself', userId }
    }
  }
}
