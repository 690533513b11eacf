import { z } from 'zod'

import type { Address } from '../../core/address.ts'
import { jsonOf } from '../../core/json.ts'
import type { Place } from './place.ts'
import { askHomeAssistant, type SeenCertificate } from './probe.ts'

/** What can be seen without signing in. */
export type Outside = {
  readonly isHomeAssistant: boolean
  readonly onboarded: boolean
  /** False: it answers 400 to what says it comes through a proxy. */
  readonly acceptsProxy: boolean
  /** Whether it takes the visitor whom the proxy names for that visitor; `undefined` while it accepts no proxy. */
  readonly believesProxy: boolean | undefined
  /** It lets that visitor choose a user without a password. */
  readonly offersTrustedNetworks: boolean
  /** Our side of the connection: how Home Assistant sees us, unless something between rewrites it. */
  readonly seesUsAs: Address | undefined
  /** What it serves; `undefined`: plain HTTP. */
  readonly certificate: SeenCertificate | undefined
}

const manifest = z.object({ name: z.literal('Home Assistant') })
const providers = z.object({
  preselect_remember_me: z.boolean(),
  providers: z.array(z.object({ type: z.string() })),
})
const message = z.object({ code: z.string() })

/** 198.18.0.0/15 is for tests of devices (RFC 2544): nobody's address, and none of a home. */
const forwarded = { 'x-forwarded-for': '198.18.0.1', 'x-forwarded-proto': 'https' }

/** Three reads that make no notice about a failed sign-in and count towards no ban. */
export async function lookFromOutside(place: Place, signal: AbortSignal): Promise<Outside> {
  const [first, direct, through] = await Promise.all([
    askHomeAssistant(place, '/manifest.json', {}, signal),
    askHomeAssistant(place, '/auth/providers', {}, signal),
    askHomeAssistant(place, '/auth/providers', forwarded, signal),
  ])
  const onboarded = message.safeParse(jsonOf(direct.text)).data?.code !== 'onboarding_required'
  // Without an owner it answers 400 to everybody, with a reason in the body.
  const acceptsProxy = through.status === 200 || (!onboarded && through.text === direct.text)
  const offered = providers.safeParse(jsonOf(through.text)).data
  return {
    isHomeAssistant: first.status === 200 && manifest.safeParse(jsonOf(first.text)).success,
    onboarded,
    acceptsProxy,
    believesProxy: offered && !offered.preselect_remember_me,
    offersTrustedNetworks:
      offered?.providers.some(({ type }) => type === 'trusted_networks') ?? false,
    seesUsAs: first.localAddress,
    certificate: first.certificate,
  }
}
