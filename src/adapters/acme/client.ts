import { X509Certificate } from 'node:crypto'

import { later } from '../../core/duration.ts'
import { Problem } from '../../core/problem.ts'
import { steady, type Steady } from '../../core/steady.ts'
import { changeKey, signIn, type AccountOptions, type Session } from './account.ts'
import { certificateId, retryAfter, windowIn, type RenewalWindow } from './ari.ts'
import { downloadChain } from './chain.ts'
import { signingRequest } from './csr.ts'
import { chooseProfile, fetchDirectory } from './directory.ts'
import { base64url, newKey } from './jws.ts'
import { authorization, read, type Authorization, type Directory } from './messages.ts'
import { finalize, orderFailed, orderIn, placeOrder, type OpenOrder, type Post } from './order.ts'
import { takeUp, type OrderStore } from './pending.ts'
import { poll, type Polled } from './poll.ts'
import { AcmeProblem } from './problem.ts'
import { notValidated, proofOf, showing, type Challenges } from './proof.ts'
import { transport, type Answer } from './transport.ts'

export type { Challenges } from './proof.ts'

export type AcmeOptions = AccountOptions & {
  readonly directoryUrl: string
  readonly now: () => Date
  readonly time?: Steady | undefined
}

export type Wanted = {
  readonly names: readonly string[]
  /** `undefined`: `tlsserver` where the CA offers it, its default otherwise. */
  readonly profile?: string | undefined
  readonly preferredChain?: string | undefined
  /** PEM of the certificate that this one replaces: exempts the order from rate limits (RFC 9773 section 5). */
  readonly replaces?: string | undefined
  /** Where the order is kept until its certificate is in use; the caller forgets it then. */
  readonly pending?: OrderStore | undefined
}

export type Issued = {
  readonly chainPem: string
  readonly keyPem: string
  readonly profile: string | undefined
}

/** A client of RFC 8555 with dns-01, profiles and renewal information. */
export type AcmeClient = {
  obtain(wanted: Wanted, challenges: Challenges, signal: AbortSignal): Promise<Issued>
  /** `undefined` when the CA gives none. `againAt`: not to be asked before. */
  renewalWindow(
    pem: string,
    signal: AbortSignal,
  ): Promise<{ readonly window: RenewalWindow; readonly againAt: Date } | undefined>
  /** The names by which CAA records allow this CA (RFC 8659); empty where it does not say. */
  caaIdentities(signal: AbortSignal): Promise<readonly string[]>
  /** Because its key may be known to others (RFC 5280 section 5.3.1, reason 1). */
  revoke(pem: string, signal: AbortSignal): Promise<void>
  /** The account gets a new key; the old one is worth nothing afterwards. */
  changeKey(signal: AbortSignal): Promise<void>
}

export function acmeClient(options: AcmeOptions): AcmeClient {
  const { now, time = steady } = options
  const wire = transport({ now, time })
  let known: Directory | undefined
  let session: Session | undefined

  const where = async (signal: AbortSignal): Promise<Directory> =>
    (known ??= await fetchDirectory(wire, options.directoryUrl, now, signal))

  const signedIn = async (signal: AbortSignal): Promise<Session> =>
    (session ??= await signIn(wire, await where(signal), options, signal))

  const post: Post = async (url, payload, signal, repeatable = true) => {
    const send = ({ account, url: kid }: Session): Promise<Answer> =>
      wire.post({ url, payload, account, identity: { kid }, repeatable }, signal)
    const mine = await signedIn(signal)
    try {
      return await send(mine)
    } catch (error) {
      if (!(error instanceof AcmeProblem && error.type === 'accountDoesNotExist')) throw error
      // Staging forgets accounts. The key is registered again, once.
      const stored = await options.account.load()
      if (stored) await options.account.save({ ...stored, url: undefined })
      session = undefined
      return send(await signedIn(signal))
    }
  }

  const authorizationAt = async (
    url: string,
    signal: AbortSignal,
  ): Promise<Polled<Authorization> & { url: string }> => {
    const answer = await post(url, undefined, signal)
    return { url, value: read(authorization, answer.json(), 'authorization'), answer }
  }

  const prove = async (open: OpenOrder, challenges: Challenges, signal: AbortSignal) => {
    const found = await Promise.all(
      open.value.authorizations.map((url) => authorizationAt(url, signal)),
    )
    const { account } = await signedIn(signal)
    // The CA reuses authorizations: what is valid needs no proof.
    const pending = found
      .filter(({ value }) => value.status !== 'valid')
      .map((each) => ({ each, proof: proofOf(each.value, account.thumbprint) }))
    const look = async (): Promise<void> => {
      for (const { proof } of pending) await post(proof.challengeUrl, {}, signal)
      await Promise.all(
        pending.map(async ({ each }) => {
          const ended = await poll(
            each,
            () => authorizationAt(each.url, signal),
            ({ status }) => status !== 'pending',
            time,
            signal,
          )
          if (ended.status !== 'valid') throw notValidated(ended, now())
        }),
      )
    }
    const proofs = pending.map(({ proof }) => proof)
    await showing(proofs, challenges, look, signal)
  }

  return {
    async obtain(wanted, challenges, signal) {
      const found = await where(signal)
      const profile = chooseProfile(wanted.profile, found.meta?.profiles)
      const replaces =
        wanted.replaces === undefined || found.renewalInfo === undefined
          ? undefined
          : certificateId(wanted.replaces)
      const { names, pending } = wanted
      const taken =
        pending && (await takeUp(post, pending, { ...found, names, profile }, now(), signal))
      const placed =
        taken?.open ?? (await placeOrder(post, found, { names, profile, replaces }, signal))
      const keyPem = taken?.keyPem ?? newKey()
      if (!taken) await pending?.save({ url: placed.url, keyPem, names, profile, at: now() })

      if (placed.value.status === 'pending') await prove(placed, challenges, signal)
      const ask = async () => orderIn(await post(placed.url, undefined, signal))
      const ready = await poll(await ask(), ask, ({ status }) => status !== 'pending', time, signal)
      if (ready.status === 'invalid') throw orderFailed(ready, now())
      const csr = base64url(signingRequest(names, keyPem))
      const sent =
        ready.status === 'ready'
          ? await finalize(post, { ...placed, value: ready }, csr, signal)
          : { ...placed, value: ready }
      const ended = await poll(sent, ask, ({ status }) => isEnded(status), time, signal)
      if (ended.status !== 'valid' || ended.certificate === undefined)
        throw orderFailed(ended, now())
      const chainPem = await downloadChain(ended.certificate, wanted.preferredChain, (url) =>
        post(url, undefined, signal),
      )
      return { chainPem, keyPem, profile }
    },

    async renewalWindow(pem, signal) {
      const { renewalInfo } = await where(signal)
      const id = certificateId(pem)
      if (renewalInfo === undefined || id === undefined) return undefined
      const answer = await wire.get(`${renewalInfo.replace(/\/$/, '')}/${id}`, signal)
      const window = windowIn(answer.json())
      return window && { window, againAt: later(now(), retryAfter(answer.headers)) }
    },

    async caaIdentities(signal) {
      return ((await where(signal)).meta?.caaIdentities ?? []).map((name) => name.toLowerCase())
    },

    async revoke(pem, signal) {
      const { revokeCert } = await where(signal)
      if (revokeCert === undefined)
        throw new Problem('certificate/cannot-revoke', 'this authority takes no revocations')
      const certificate = base64url(new X509Certificate(pem).raw)
      await post(revokeCert, { certificate, reason: keyCompromise }, signal)
    },

    async changeKey(signal) {
      session = await changeKey(wire, await where(signal), options, await signedIn(signal), signal)
    },
  }
}

const keyCompromise = 1

const isEnded = (status: string): boolean => status === 'valid' || status === 'invalid'
