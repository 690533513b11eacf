import { Problem } from '../../core/problem.ts'
import type { Secret } from '../../core/secret.ts'
import { accountKey, externalBinding, newKey, signed, type AccountKey } from './jws.ts'
import type { Directory } from './messages.ts'
import { AcmeProblem } from './problem.ts'
import type { Answer, Transport } from './transport.ts'

export type StoredAccount = {
  readonly keyPem: string
  readonly url: string | undefined
  /** A key that is to follow: while it is here, the CA may know either. */
  readonly nextKeyPem?: string | undefined
}

/** Where the account lives between runs: it must survive a reinstall (CA limits count per account). */
export type AccountStore = {
  load(): Promise<StoredAccount | undefined>
  save(account: StoredAccount): Promise<void>
}

export type AccountOptions = {
  readonly account: AccountStore
  readonly contact?: string | undefined
  readonly eab?: { readonly keyId: string; readonly hmac: Secret } | undefined
}

export type Session = { readonly account: AccountKey; readonly url: string }

/**
 * The stored account, or a new one (RFC 8555 section 7.3). A key whose account the CA has forgotten is
 * registered again; a change of the key that was cut short is finished or forgotten.
 */
export async function signIn(
  wire: Transport,
  { newAccount, meta }: Directory,
  options: AccountOptions,
  signal: AbortSignal,
): Promise<Session> {
  const stored = await settled(wire, newAccount, options.account, signal)
  const keyPem = stored?.keyPem ?? newKey()
  const account = accountKey(keyPem)
  if (stored?.url !== undefined) return { account, url: stored.url }
  // The key is kept before the CA hears of it: an account without its key could never be used again.
  if (!stored) await options.account.save({ keyPem, url: undefined })
  if (meta?.externalAccountRequired === true && options.eab === undefined) {
    throw new Problem(
      'certificate/account-binding',
      'this authority wants an external account binding',
      { hint: 'set certificate.eab_key_id and certificate.eab_hmac_file' },
    )
  }
  const payload = {
    termsOfServiceAgreed: true,
    ...(options.contact === undefined ? {} : { contact: [`mailto:${options.contact}`] }),
    ...(options.eab === undefined
      ? {}
      : { externalAccountBinding: externalBinding(account.jwk, options.eab, newAccount) }),
  }
  const identity = { jwk: account.jwk }
  const url = locationOf(await wire.post({ url: newAccount, payload, account, identity }, signal))
  await options.account.save({ keyPem, url })
  return { account, url }
}

/** Which of two keys the CA knows, after a change of the key whose answer was lost. */
async function settled(
  wire: Transport,
  newAccount: string,
  store: AccountStore,
  signal: AbortSignal,
): Promise<StoredAccount | undefined> {
  const stored = await store.load()
  if (stored?.nextKeyPem === undefined) return stored
  const next = accountKey(stored.nextKeyPem)
  let changed = true
  try {
    const payload = { onlyReturnExisting: true }
    const identity = { jwk: next.jwk }
    await wire.post({ url: newAccount, payload, account: next, identity }, signal)
  } catch (error) {
    if (!(error instanceof AcmeProblem && error.type === 'accountDoesNotExist')) throw error
    changed = false
  }
  const one = { keyPem: changed ? stored.nextKeyPem : stored.keyPem, url: stored.url }
  await store.save(one)
  return one
}

/** Gives the account a new key (RFC 8555 section 7.3.5): after it, the old one is worth nothing. */
export async function changeKey(
  wire: Transport,
  { keyChange }: Directory,
  options: AccountOptions,
  session: Session,
  signal: AbortSignal,
): Promise<Session> {
  const stored = await options.account.load()
  if (keyChange === undefined || stored === undefined)
    throw new Problem(
      'certificate/cannot-change-key',
      'this authority does not let an account change its key',
      { hint: 'remove the account folder in the data folder to begin with a new account' },
    )
  const nextKeyPem = newKey()
  const next = accountKey(nextKeyPem)
  await options.account.save({ ...stored, nextKeyPem })
  const payload: unknown = JSON.parse(
    signed(
      next.key,
      { jwk: next.jwk, url: keyChange },
      { account: session.url, oldKey: session.account.jwk },
    ),
  )
  const identity = { kid: session.url }
  await wire.post(
    { url: keyChange, payload, account: session.account, identity, repeatable: false },
    signal,
  )
  await options.account.save({ keyPem: nextKeyPem, url: session.url })
  return { account: next, url: session.url }
}

export function locationOf({ headers }: Answer): string {
  const location = headers.get('location')
  if (location !== undefined && URL.canParse(location)) return location
  throw new Problem(
    'certificate/authority-unreadable',
    'the certificate authority does not say where the new object is',
    { hint: 'check certificate.directory' },
  )
}
