import { addressOf } from '../core/address.ts'
import type { GatewayEvent } from './setup.ts'

/**
 * Home Assistant counts wrong passwords only where bans are switched on, and by address. Here every attempt counts,
 * whatever came of it: passwords are not read, nor answers.
 */
export type SignInVerdict =
  | { readonly is: 'pass' }
  | { readonly is: 'wait'; readonly ms: number }
  | { readonly is: 'refuse'; readonly seconds: number }

export type SignInGuard = { attempt(visitor: string, now: number): SignInVerdict }

/** A person with a second factor takes two steps for one sign-in, and mistypes. */
const free = 8
/** From here on the visitor is refused. */
const most = 20
/** An attempt is forgotten after this long. Milliseconds. */
const windowMs = 600_000
const refusedMs = 900_000
const longestWaitMs = 8000
/** Visitors that are remembered; the one who was quiet longest is forgotten first. */
const remembered = 4096

type Visitor = { attempts: number; last: number; refusedUntil: number }

/** `now` is in milliseconds of any clock that only goes forward. */
export function signInGuard(tell: (event: GatewayEvent) => void): SignInGuard {
  const visitors = new Map<string, Visitor>()
  return {
    attempt(visitor, now) {
      const key = networkOf(visitor)
      const known = visitors.get(key) ?? { attempts: 0, last: now, refusedUntil: 0 }
      visitors.delete(key)
      visitors.set(key, known)
      if (visitors.size > remembered) visitors.delete(visitors.keys().next().value ?? '')
      if (now < known.refusedUntil) return { is: 'refuse', seconds: left(known, now) }
      // Attempts are forgotten one by one, evenly over the window.
      known.attempts = Math.max(0, known.attempts - ((now - known.last) / windowMs) * most) + 1
      known.last = now
      const attempts = Math.round(known.attempts)
      if (attempts > most) {
        known.refusedUntil = now + refusedMs
        tell({ is: 'sign-ins', visitor: key, attempts, outcome: 'refused' })
        return { is: 'refuse', seconds: left(known, now) }
      }
      if (attempts <= free) return { is: 'pass' }
      if (attempts === free + 1) tell({ is: 'sign-ins', visitor: key, attempts, outcome: 'slowed' })
      return { is: 'wait', ms: Math.min(longestWaitMs, 500 * 2 ** (attempts - free - 1)) }
    },
  }
}

const left = ({ refusedUntil }: Visitor, now: number): number =>
  Math.ceil((refusedUntil - now) / 1000)

/** One home or phone has a whole /64 of IPv6 to itself (RFC 6177), and one address of IPv4. */
export function networkOf(visitor: string): string {
  const address = addressOf(visitor)
  if (address?.family !== 'ipv6') return address?.text ?? visitor
  const [front = '', back = ''] = address.text.split('::')
  const groups = front === '' ? [] : front.split(':')
  const behind = back === '' ? [] : back.split(':')
  const gap = address.text.includes('::') ? 8 - groups.length - behind.length : 0
  const all = [...groups, ...Array.from({ length: gap }, () => '0'), ...behind]
  return `${all.slice(0, 4).join(':')}::/64`
}

/**
 * Does a POST to this target try to sign in? `POST /auth/login_flow/ID` (Home Assistant, auth/login_flow.py). Also written in ways
 * that a server might take for it: with escapes, doubled slashes or dots.
 */
export function isSignIn(target: string): boolean {
  if (!/auth|%/i.test(target)) return false
  const [path = ''] = target.split('?', 1)
  return /^\/auth\/login_flow\/./.test(plain(path))
}

function plain(path: string): string {
  const unescaped = path.replaceAll(/%[0-9a-fA-F]{2}/g, (code) =>
    String.fromCodePoint(Number.parseInt(code.slice(1), 16)),
  )
  const segments: string[] = []
  for (const segment of unescaped.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return `/${segments.join('/')}`
}
