import { randomBytes } from 'node:crypto'

import { hours, minutes, type Duration } from '../core/duration.ts'
import type { SignedIn } from './panel.ts'

/** As long as a person looks at a page; then Home Assistant is asked again. */
const sessionLasts: Duration = hours(12)
/** As long as it takes to find the telephone with the second factor on it. */
const signInLasts: Duration = minutes(15)
/** More at once are no people. */
const most = 1000

/** Who signed in here, and who is about to. In memory alone: a restart asks again. */
export function newSessions(now: () => Date) {
  const signedIn = shelf<SignedIn>(sessionLasts, now)
  const begun = shelf<Begun>(signInLasts, now)
  return {
    open: (user: SignedIn) => signedIn.put(user),
    of: (id: string | undefined) => signedIn.get(id),
    /** Returns the `state` of OAuth 2 (RFC 6749, section 10.12). */
    begin: (what: Begun) => begun.put(what),
    /** Once for each. */
    finish(state: string | undefined) {
      const what = begun.get(state)
      begun.drop(state)
      return what
    },
  }
}

export type Sessions = ReturnType<typeof newSessions>

/** A sign-in that was sent to Home Assistant from the browser with this cookie. */
export type Begun = {
  readonly cookie: string
  readonly clientId: string
  /** For PKCE. */
  readonly verifier: string
}

function shelf<T>(lasts: Duration, now: () => Date) {
  const kept = new Map<string, { readonly value: T; readonly until: number }>()
  return {
    put(value: T): string {
      for (const [id, { until }] of kept)
        if (until < now().getTime() || kept.size >= most) kept.delete(id)
      const id = randomBytes(32).toString('base64url')
      kept.set(id, { value, until: now().getTime() + lasts })
      return id
    },
    get(id: string | undefined): T | undefined {
      const found = kept.get(id ?? '')
      return found !== undefined && found.until >= now().getTime() ? found.value : undefined
    },
    drop: (id: string | undefined) => void kept.delete(id ?? ''),
  }
}
