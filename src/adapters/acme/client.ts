import { createHash, X509Certificate } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { milliseconds, minutes, since } from '../../core/duration.ts'
import { Problem } from '../../core/problem.ts'
import type { Secret } from '../../core/secret.ts'
import { certificateId, retryAfterSeconds, type RenewalWindow } from './ari.ts'
import { signingRequest } from './csr.ts'
import { accountKey, base64url, externalBinding, newKey, type AccountKey } from './jws.ts'
import {
  authorization,
  directory,
  order,
  read,
  renewalInfo,
  type Authorization,
  type Directory,
  type Order,
} from './messages.ts'
import { acmeProblem, AcmeProblem } from './problem.ts'
import { transport, type Answer, type Identity } from './transport.ts'

/** Where the account lives between runs: it must survive a reinstall (CA limits count per account). */
export type AccountStore = {
  load(): Promise<{ readonly keyPem: string; readonly url: string | undefined } | undefined>
  save(account: { readonly keyPem: string; readonly url: string | undefined }): Promise<void>
}

export type AcmeOptions = {
  readonly directoryUrl: string
  readonly account: AccountStore
  readonly contact?: string | undefined
  readonly eab?: { readonly keyId: string; readonly hmac: Secret } | undefined
  readonly now: () => Date
}

/** How the proofs of dns-01 are shown: published together, waited for together, withdrawn in any case. */
export type Challenges = {
  publish(name: string, value: string, signal: AbortSignal): Promise<void>
  waitUntilServed(name: string, value: string, signal: AbortSignal): Promise<void>
  withdraw(name: string, value: string, signal: AbortSignal): Promise<void>
}

export type Wanted = {
  readonly names: readonly string[]
  /** `undefined`: `tlsserver` where the CA offers it, its default otherwise. */
  readonly profile?: string | undefined
  readonly preferredChain?: string | undefined
  /** PEM of the certificate that this one replaces: exempts the order from rate limits (RFC 9773 section 5). */
  readonly replaces?: string | undefined
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
  revoke(pem: string, signal: AbortSignal): Promise<void>
}

/** A CA that is not done by then has a failure. */
const longestPoll = minutes(10)

export function acmeClient(options: AcmeOptions): AcmeClient {
  const wire = transport({ now: options.now })
  let known: Directory | undefined
  let session: { account: AccountKey; identity: Identity & { kid: string } } | undefined

  const where = async (signal: AbortSignal): Promise<Directory> => {
    if (!known) {
      const answer = await wire.get(options.directoryUrl, signal)
      known = read(directory, answer.json(), 'directory')
      wire.useNonces(known.newNonce)
      refuseWrongClock(answer, options.now())
    }
    return known
  }

  const signIn = async (signal: AbortSignal) => {
    const { newAccount, meta } = await where(signal)
    if (session) return session
    const stored = await options.account.load()
    const keyPem = stored?.keyPem ?? newKey()
    const account = accountKey(keyPem)
    // The key is kept before the CA hears of it: an account without its key could never be used again.
    if (!stored) await options.account.save({ keyPem, url: undefined })
    let url = stored?.url
    if (url === undefined) {
      const payload = {
        termsOfServiceAgreed: true,
        ...(options.contact === undefined ? {} : { contact: [`mailto:${options.contact}`] }),
        ...(options.eab === undefined
          ? {}
          : { externalAccountBinding: externalBinding(account.jwk, options.eab, newAccount) }),
      }
      if (meta?.externalAccountRequired === true && options.eab === undefined) {
        throw new Problem(
          'certificate/account-binding',
          'this authority wants an external account binding',
          { hint: 'set certificate.eab_key_id and certificate.eab_hmac_file' },
        )
      }
      const answer = await wire.post(newAccount, payload, account, { jwk: account.jwk }, signal)
      url = locationOf(answer)
      await options.account.save({ keyPem, url })
    }
    session = { account, identity: { kid: url } }
    return session
  }

  const post = async (url: string, payload: unknown, signal: AbortSignal): Promise<Answer> => {
    const { account, identity } = await signIn(signal)
    return wire.post(url, payload, account, identity, signal)
  }

  const poll = async <T extends { readonly status: string }>(
    first: T,
    url: string,
    again: (answer: Answer) => T,
    done: (value: T) => boolean,
    signal: AbortSignal,
  ): Promise<T> => {
    const started = options.now()
    let value = first
    for (let pause = 100; !done(value); pause = Math.min(pause * 1.6, 5000)) {
      if (since(started, options.now()) > longestPoll)
        throw new Problem(
          'certificate/authority-slow',
          'the certificate authority did not finish within ten minutes',
          { hint: 'run the command again later' },
        )
      await sleep(pause, undefined, { signal })
      const answer = await post(url, undefined, signal)
      value = again(answer)
      const asked = Number(answer.headers.get('retry-after') ?? Number.NaN)
      if (!done(value) && asked > 0 && asked <= 60)
        await sleep(milliseconds(asked * 1000 - Math.min(pause, asked * 1000)), undefined, {
          signal,
        })
    }
    return value
  }

  const newOrder = async (
    wanted: Wanted,
    profile: string | undefined,
    signal: AbortSignal,
  ): Promise<{ url: string; order: Order }> => {
    const { newOrder: url, renewalInfo: supportsReplaces } = await where(signal)
    const replaces =
      wanted.replaces !== undefined && supportsReplaces !== undefined
        ? certificateId(wanted.replaces)
        : undefined
    const payload = {
      identifiers: wanted.names.map((value) => ({ type: 'dns', value })),
      ...(profile === undefined ? {} : { profile }),
    }
    let answer: Answer
    try {
      answer = await post(
        url,
        { ...payload, ...(replaces === undefined ? {} : { replaces }) },
        signal,
      )
    } catch (error) {
      // `replaces` may name a certificate of another account, or one replaced already: once without it.
      const aboutReplaces =
        replaces !== undefined &&
        error instanceof AcmeProblem &&
        error.status >= 400 &&
        error.status < 500 &&
        error.type !== 'rateLimited'
      if (!aboutReplaces) throw error
      answer = await post(url, payload, signal)
    }
    return { url: locationOf(answer), order: read(order, answer.json(), 'order') }
  }

  const prove = async (
    authorizations: readonly { readonly url: string; readonly value: Authorization }[],
    challenges: Challenges,
    signal: AbortSignal,
  ): Promise<void> => {
    const { account } = await signIn(signal)
    const proofs = authorizations
      // The CA reuses authorizations: what is valid needs no proof.
      .filter(({ value }) => value.status !== 'valid')
      .map(({ url, value }) => ({ url, value, ...proofOf(value, account.thumbprint) }))
    try {
      for (const { name, text } of proofs) await challenges.publish(name, text, signal)
      await Promise.all(
        proofs.map(({ name, text }) => challenges.waitUntilServed(name, text, signal)),
      )
      for (const { challengeUrl } of proofs) await post(challengeUrl, {}, signal)
      await Promise.all(
        proofs.map(async ({ url, value }) => {
          const ended = await poll(
            value,
            url,
            (answer) => read(authorization, answer.json(), 'authorization'),
            ({ status }) => status !== 'pending',
            signal,
          )
          if (ended.status !== 'valid') throw notValidated(ended, options.now())
        }),
      )
    } finally {
      // Also when it was stopped: what lies in the zone is ours to remove.
      const cleaning = AbortSignal.timeout(30_000)
      await Promise.allSettled(
        proofs.map(({ name, text }) => challenges.withdraw(name, text, cleaning)),
      )
    }
  }

  return {
    async obtain(wanted, challenges, signal) {
      const { meta } = await where(signal)
      const profile = chooseProfile(wanted.profile, meta?.profiles)
      const { url, order: ordered } = await newOrder(wanted, profile, signal)
      const authorizations = await Promise.all(
        ordered.authorizations.map(async (each) => ({
          url: each,
          value: read(authorization, (await post(each, undefined, signal)).json(), 'authorization'),
        })),
      )
      await prove(authorizations, challenges, signal)
      const readOrder = (answer: Answer): Order => read(order, answer.json(), 'order')
      const ready = await poll(
        ordered,
        url,
        readOrder,
        ({ status }) => status !== 'pending',
        signal,
      )
      if (ready.status === 'invalid') throw orderInvalid(ready, options.now())
      const keyPem = newKey()
      const csr = base64url(await signingRequest(wanted.names, keyPem))
      const finalized = readOrder(await post(ready.finalize, { csr }, signal))
      const valid = await poll(
        finalized,
        url,
        readOrder,
        ({ status }) => status === 'valid' || status === 'invalid',
        signal,
      )
      if (valid.status !== 'valid' || valid.certificate === undefined)
        throw orderInvalid(valid, options.now())
      const chainPem = await download(
        valid.certificate,
        wanted.preferredChain,
        (u, s) => post(u, undefined, s),
        signal,
      )
      return { chainPem, keyPem, profile }
    },

    async renewalWindow(pem, signal) {
      const { renewalInfo: base } = await where(signal)
      const id = certificateId(pem)
      if (base === undefined || id === undefined) return undefined
      const answer = await wire.get(`${base.replace(/\/$/, '')}/${id}`, signal)
      const { suggestedWindow } = read(renewalInfo, answer.json(), 'renewal information')
      const window = { start: new Date(suggestedWindow.start), end: new Date(suggestedWindow.end) }
      // RFC 9773 section 4.2: an end that is not after the start is an error; without a window then.
      if (window.end <= window.start) return undefined
      const againAt = new Date(
        options.now().getTime() + retryAfterSeconds(answer.headers.get('retry-after')) * 1000,
      )
      return { window, againAt }
    },

    async revoke(pem, signal) {
      const { revokeCert } = await where(signal)
      if (revokeCert === undefined)
        throw new Problem('certificate/cannot-revoke', 'this authority takes no revocations')
      await post(revokeCert, { certificate: base64url(new X509Certificate(pem).raw) }, signal)
    },
  }
}

/** Certificates are about time: a clock that is a day off makes valid ones look ended. */
function refuseWrongClock({ headers }: Answer, now: Date): void {
  const theirs = Date.parse(headers.get('date') ?? '')
  const off = Math.abs(theirs - now.getTime())
  if (!(off > 3_600_000)) return
  throw new Problem(
    'clock/wrong',
    `the clock of this machine is wrong: it says ${now.toISOString()}, the certificate authority ${new Date(theirs).toISOString()}`,
    {
      hint: 'set the clock (timedatectl set-ntp true) and run the command again',
    },
  )
}

function locationOf({ headers }: Answer): string {
  const location = headers.get('location')
  if (location !== null && URL.canParse(location)) return location
  throw new Problem(
    'certificate/authority-unreadable',
    'the certificate authority does not say where the new object is',
  )
}

function chooseProfile(
  wished: string | undefined,
  offered: Readonly<Record<string, string>> | undefined,
): string | undefined {
  if (wished === undefined) return offered?.['tlsserver'] === undefined ? undefined : 'tlsserver'
  if (offered?.[wished] !== undefined) return wished
  const names = Object.keys(offered ?? {})
  throw new Problem(
    'certificate/profile',
    `the certificate authority does not offer the profile ${wished}`,
    {
      hint:
        names.length === 0
          ? 'remove certificate.profile: this authority has none'
          : `set certificate.profile to one of ${names.join(', ')}, or remove it`,
      usage: true,
    },
  )
}

/** The TXT record that proves the name (RFC 8555 section 8.4). */
function proofOf(
  { identifier, challenges }: Authorization,
  thumbprint: string,
): { name: string; text: string; challengeUrl: string } {
  const challenge = challenges.find(({ type }) => type === 'dns-01')
  if (challenge?.token === undefined || !/^[\w-]+$/.test(challenge.token)) {
    throw new Problem(
      'certificate/no-dns-challenge',
      `the certificate authority offers no dns-01 for ${identifier.value}`,
      { hint: 'use an authority that does, like letsencrypt' },
    )
  }
  const text = createHash('sha256').update(`${challenge.token}.${thumbprint}`).digest('base64url')
  return { name: `_acme-challenge.${identifier.value}`, text, challengeUrl: challenge.url }
}

function notValidated({ challenges, identifier, status }: Authorization, now: Date): Problem {
  const error = challenges.map((challenge) => challenge.error).find((each) => each !== undefined)
  if (error === undefined)
    return new Problem(
      'certificate/not-validated',
      `the certificate authority did not accept the proof for ${identifier.value} (${status})`,
      { hint: 'run the command again in some minutes' },
    )
  return fromDocument(error, now)
}

const orderInvalid = ({ error, status }: Order, now: Date): Problem =>
  error === undefined
    ? new Problem('certificate/refused', `the certificate authority ended the order as ${status}`, {
        hint: 'run the command again in some minutes',
      })
    : fromDocument(error, now)

/** The problem document inside an authorization or an order. */
const fromDocument = (error: unknown, now: Date): Problem =>
  acmeProblem(403, JSON.stringify(error), null, now)

/** The chain the CA sends, or the alternate that leads to the preferred issuer (RFC 8555 section 7.4.2). */
async function download(
  url: string,
  preferred: string | undefined,
  fetchChain: (url: string, signal: AbortSignal) => Promise<Answer>,
  signal: AbortSignal,
): Promise<string> {
  const first = await fetchChain(url, signal)
  if (preferred === undefined || leadsTo(first.text, preferred)) return first.text
  for (const alternate of alternatesIn(first.headers.get('link'))) {
    const other = await fetchChain(new URL(alternate, url).href, signal)
    if (leadsTo(other.text, preferred)) return other.text
  }
  return first.text
}

const alternatesIn = (link: string | null): string[] =>
  [...(link ?? '').matchAll(/<([^>]+)>\s*;\s*rel="?alternate"?/g)].map(([, url]) => url ?? '')

function leadsTo(chainPem: string, name: string): boolean {
  const last = chainPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)?.at(-1)
  return last !== undefined && new X509Certificate(last).issuer.split('\n').includes(`CN=${name}`)
}
