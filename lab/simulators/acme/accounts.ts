import { bindingHolds, keyOf, readJws, thumbprint, type Jws } from './jose.ts'
import { json, Refusal, type Reply } from './reply.ts'
import { idOfKey, type Account, type State } from './state.ts'

type NewAccount = {
  readonly onlyReturnExisting?: boolean
  readonly contact?: readonly string[]
  readonly externalAccountBinding?: unknown
}

/** RFC 8555 section 7.3: one account for each key, found again by it. */
export function newAccount(state: State, jws: Jws, address: string): Reply {
  const { jwk } = jws.header
  if (!jwk || !jws.verify(keyOf(jwk)))
    throw new Refusal(400, 'malformed', 'the signature does not hold')
  const payload = (jws.payload ?? {}) as NewAccount
  const existing = accountWith(state, jwk)
  if (existing) return shown(state, existing, 200)
  if (payload.onlyReturnExisting === true)
    throw new Refusal(400, 'accountDoesNotExist', 'no account has this key')
  if (state.eabKeys && !bindingHolds(payload.externalAccountBinding, state.eabKeys))
    throw new Refusal(403, 'externalAccountRequired', 'an external account binding is needed')
  state.meter.check('accountsPerAddress', address)
  state.meter.spend('accountsPerAddress', address)
  const account: Account = {
    id: idOfKey(thumbprint(jwk)),
    jwk,
    status: 'valid',
    contact: payload.contact ?? [],
  }
  state.accounts.set(account.id, account)
  return shown(state, account, 201)
}

const accountWith = (state: State, jwk: Account['jwk']): Account | undefined =>
  [...state.accounts.values()].find((each) => thumbprint(each.jwk) === thumbprint(jwk))

function shown(state: State, account: Account, status: number): Reply {
  const { id, contact } = account
  const body = {
    status: account.status,
    contact,
    orders: state.url('orders', id),
    key: account.jwk,
  }
  return json(body, status, { location: state.url('account', id) })
}

/** Whose request it is, by the URL of the account in its header. */
export function accountOf(state: State, jws: Jws): Account {
  const account = state.accounts.get((jws.header.kid ?? '').split('/').at(-1) ?? '')
  if (!account) throw new Refusal(400, 'accountDoesNotExist', 'the account is not known here')
  if (!jws.verify(keyOf(account.jwk)))
    throw new Refusal(403, 'unauthorized', 'the signature does not hold')
  if (account.status !== 'valid')
    throw new Refusal(403, 'unauthorized', 'the account is deactivated')
  return account
}

export function updateAccount(state: State, account: Account, id: string, jws: Jws): Reply {
  if (id !== account.id) throw new Refusal(403, 'unauthorized', 'the account is another one')
  const payload = (jws.payload ?? {}) as {
    readonly status?: string
    readonly contact?: readonly string[]
  }
  if (payload.status === 'deactivated') account.status = 'deactivated'
  if (payload.contact) account.contact = payload.contact
  return shown(state, account, 200)
}

/** RFC 8555 section 7.3.5: the new key signs that it takes over, the old one signs that it lets go. */
export function changeKey(state: State, account: Account, jws: Jws): Reply {
  const inner = readJws(JSON.stringify(jws.payload))
  const { jwk, url } = inner.header
  const claim = inner.payload as {
    readonly account?: string
    readonly oldKey?: Account['jwk']
  }
  if (!jwk || !inner.verify(keyOf(jwk)) || url !== jws.header.url)
    throw new Refusal(400, 'malformed', 'the inner signature does not hold')
  if (
    claim.account !== jws.header.kid ||
    !claim.oldKey ||
    thumbprint(claim.oldKey) !== thumbprint(account.jwk)
  )
    throw new Refusal(400, 'malformed', 'the inner request is about another account or key')
  const taken = accountWith(state, jwk)
  if (taken)
    throw new Refusal(409, 'malformed', 'the new key is in use', {
      location: state.url('account', taken.id),
    })
  account.jwk = jwk
  return shown(state, account, 200)
}
