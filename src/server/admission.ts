import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'

import type { Context } from 'hono'

import type { Place } from './place.ts'

/** Of each start of the program: what was made with an older one counts for nothing. */
export type AdmissionKey = Buffer
export const newAdmissionKey = (): AdmissionKey => randomBytes(32)

/**
 * Against DNS rebinding: a page elsewhere can make its own name lead here, but not an address, nor a name that only the
 * owner gives out. `names` are those that the owner declared; ports do not matter.
 */
export function isOurHost(host: string | undefined, names: readonly string[]): boolean {
  const name = hostName(host)
  if (name === undefined) return false
  return isIP(name.replace(/^\[|\]$/g, '')) !== 0 || name === 'localhost' || names.includes(name)
}

function hostName(host: string | undefined): string | undefined {
  const url = `http://${host ?? ''}/`
  return host !== undefined && /^[\w.:[\]-]+$/.test(host) && URL.canParse(url)
    ? new URL(url).hostname
    : undefined
}

/** What a form or a program has to show besides: nobody who cannot read our answers knows it. */
export const tokenFor = (key: AdmissionKey, visitor: string): string =>
  createHmac('sha256', key).update(`token of ${visitor}`).digest('base64url')

export type Refusal = { readonly status: 403; readonly says: string }

/** Why a request that changes something is refused; `undefined` where it comes from our own page, or from a program. */
export function whyNotOurs(
  context: Context,
  { origin }: Place,
  given: string | undefined,
  wanted: string,
): Refusal | undefined {
  const site = context.req.header('sec-fetch-site')
  const from = context.req.header('origin')
  const isForeign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (from !== undefined && from !== origin)
  if (isForeign) return { status: 403, says: 'the request comes from another site' }
  if (given !== undefined && equal(given, wanted)) return undefined
  return { status: 403, says: 'the page is from before a restart: load it again' }
}

function equal(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.length === other.length && timingSafeEqual(one, other)
}
