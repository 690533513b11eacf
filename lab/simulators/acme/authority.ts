import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { lookUpTexts } from '../../../src/adapters/dns/lookup.ts'
import type { DnsServer } from '../../../src/adapters/dns/query.ts'
import { certificateId } from '../../../src/adapters/acme/ari.ts'
import type { Pair } from '../pki.ts'
import { makeIssuer, namesIn } from './issuer.ts'
import { bindingHolds, keyOf, readJws, thumbprint, type Jws } from './jose.ts'

export type AuthorityOptions = {
  readonly host?: string
  readonly port?: number
  /** With it the directory is https. */
  readonly serverCertificate?: Pair
  /** Whom the authority asks for proofs: the authoritative servers, all of which must agree. */
  readonly nameServers: readonly DnsServer[]
  readonly profiles?: Readonly<
    Record<string, { readonly days: number; readonly commonName: boolean }>
  >
  readonly eabKeys?: ReadonlyMap<string, string>
  /** How long it takes to look at a proof, in ms. */
  readonly validationMs?: number
  /** Certificates per exact set of names in seven days (Let's Encrypt: 5). */
  readonly duplicateLimit?: number
  readonly now?: () => Date
}

type Account = { id: string; jwk: Readonly<Record<string, string>> }
type Authorization = {
  id: string
  account: string
  name: string
  status: 'pending' | 'valid' | 'invalid'
  token: string
  error?: unknown
}
type Order = {
  id: string
  account: string
  names: string[]
  status: string
  authorizations: string[]
  profile: string
  certificate?: string
  error?: unknown
}
type Issued = {
  id: string
  account: string
  leafPem: string
  names: string
  at: number
  days: number
  ariId: string | undefined
  replaced: boolean
  revoked: boolean
}

export type AuthorityFault = 'bad-nonce' | 'html' | 'outage' | 'cut' | 'rate-limited'

export type Authority = {
  readonly directoryUrl: string
  readonly rootPem: string
  readonly issued: readonly Issued[]
  readonly counts: {
    requests: number
    badNonces: number
    validations: number
    failedValidations: number
  }
  /** The next so many POSTs meet the fault. */
  fault(fault: AuthorityFault, times: number): void
  /** From now on the window of every certificate lies in the past, as after an incident. */
  urgeRenewal(urge: boolean): void
  close(): Promise<void>
}

const defaultProfiles = {
  classic: { days: 90, commonName: true },
  tlsserver: { days: 45, commonName: false },
  shortlived: { days: 6.67, commonName: false },
}

/** A certificate authority of RFC 8555 with dns-01, profiles and ARI, numbers as Let's Encrypt had them in 2026. */
export async function startAuthority(options: AuthorityOptions): Promise<Authority> {
  const now = options.now ?? (() => new Date())
  const profiles: Readonly<
    Record<string, { readonly days: number; readonly commonName: boolean }>
  > = options.profiles ?? defaultProfiles
  const issuer = await makeIssuer(now())
  const nonces = new Set<string>()
  const accounts = new Map<string, Account>()
  const orders = new Map<string, Order>()
  const authorizations = new Map<string, Authorization>()
  const issued: Issued[] = []
  const counts = { requests: 0, badNonces: 0, validations: 0, failedValidations: 0 }
  const faults: AuthorityFault[] = []
  let urged = false
  let base = ''
  const url = (...parts: string[]) => `${base}/${parts.join('/')}`

  class Refusal extends Error {
    readonly status: number
    readonly type: string
    readonly headers: Readonly<Record<string, string>>
    constructor(
      status: number,
      type: string,
      detail: string,
      headers: Readonly<Record<string, string>> = {},
    ) {
      super(detail)
      this.status = status
      this.type = type
      this.headers = headers
    }
  }

  const nonce = (): string => {
    const fresh = randomBytes(12).toString('base64url')
    nonces.add(fresh)
    return fresh
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    counts.requests++
    void handle(request)
      .catch((error: unknown) => {
        if (error instanceof Refusal) {
          return {
            status: error.status,
            type: 'application/problem+json',
            headers: error.headers,
            body: JSON.stringify({
              type: `urn:ietf:params:acme:error:${error.type}`,
              detail: error.message,
              status: error.status,
            }),
          }
        }
        return {
          status: 400,
          type: 'application/problem+json',
          headers: {},
          body: JSON.stringify({
            type: 'urn:ietf:params:acme:error:malformed',
            detail: String(error),
          }),
        }
      })
      .then((reply) => {
        if (reply === undefined) return response.destroy()
        response.writeHead(reply.status, {
          'content-type': reply.type,
          'replay-nonce': nonce(),
          link: `<${url('directory')}>;rel="index"`,
          date: now().toUTCString(),
          ...reply.headers,
        })
        return response.end(request.method === 'HEAD' ? undefined : reply.body)
      })
  }

  type Reply =
    | { status: number; type: string; headers: Readonly<Record<string, string>>; body: string }
    | undefined
  const json = (
    body: unknown,
    status = 200,
    headers: Readonly<Record<string, string>> = {},
  ): Reply => ({ status, type: 'application/json', headers, body: JSON.stringify(body) })

  async function handle(request: IncomingMessage): Promise<Reply> {
    const [head, id] = (request.url ?? '/').split('/').slice(1)
    if (head === 'directory') {
      return json({
        newNonce: url('nonce'),
        newAccount: url('new-account'),
        newOrder: url('new-order'),
        revokeCert: url('revoke'),
        keyChange: url('key-change'),
        renewalInfo: url('renewal-info'),
        // A directory may hold what nobody knows (RFC 8555 section 7.1.1).
        Lb6vGJ9sXYg: 'https://community.example/t/adding-random-entries',
        meta: {
          termsOfService: url('terms'),
          profiles: Object.fromEntries(
            Object.keys(profiles).map((name) => [name, `the profile ${name}`]),
          ),
          externalAccountRequired: options.eabKeys !== undefined,
        },
      })
    }
    if (head === 'nonce')
      return {
        status: request.method === 'HEAD' ? 200 : 204,
        type: 'text/plain',
        headers: { 'cache-control': 'no-store' },
        body: '',
      }
    if (head === 'renewal-info') return renewalInfo(id ?? '')
    const body = await textOf(request)
    const fault = faults.shift()
    if (fault === 'html')
      return {
        status: 502,
        type: 'text/html',
        headers: {},
        body: '<html><body>502 Bad Gateway</body></html>',
      }
    if (fault === 'outage')
      throw new Refusal(503, 'serverInternal', 'the service is down for maintenance')
    if (fault === 'cut') return undefined
    if (fault === 'rate-limited')
      throw new Refusal(429, 'rateLimited', 'too many new orders recently', {
        'retry-after': '7200',
      })
    const jws = readJws(body)
    if (fault === 'bad-nonce' || !nonces.delete(jws.header.nonce ?? '')) {
      counts.badNonces++
      throw new Refusal(400, 'badNonce', 'the nonce is not one of ours')
    }
    if (jws.header.url !== `${base}${request.url}`)
      throw new Refusal(400, 'unauthorized', 'the url in the header is another one')
    if (head === 'new-account') return newAccount(jws)
    const account = accountOf(jws)
    switch (head) {
      case 'new-order':
        return newOrder(account, jws.payload as never)
      case 'order':
        return showOrder(mine(orders, id, account))
      case 'authz':
        return json(shownAuthorization(mine(authorizations, id, account)))
      case 'challenge':
        return startValidation(mine(authorizations, id, account))
      case 'finalize':
        return finalize(mine(orders, id, account), jws.payload as never)
      case 'certificate':
        return certificate(id ?? '', (request.url ?? '').endsWith('/1'))
      case 'revoke':
        return revoke(account, jws.payload as never)
      default:
        throw new Refusal(404, 'malformed', 'there is no such resource')
    }
  }

  function newAccount(jws: Jws): Reply {
    const { jwk } = jws.header
    if (!jwk || !jws.verify(keyOf(jwk)))
      throw new Refusal(400, 'malformed', 'the signature does not hold')
    const payload = jws.payload as {
      onlyReturnExisting?: boolean
      externalAccountBinding?: unknown
    }
    const id = createHash('sha256').update(thumbprint(jwk)).digest('hex').slice(0, 16)
    const existing = accounts.get(id)
    if (!existing && payload.onlyReturnExisting === true)
      throw new Refusal(400, 'accountDoesNotExist', 'no account has this key')
    if (
      !existing &&
      options.eabKeys &&
      !bindingHolds(payload.externalAccountBinding, options.eabKeys)
    )
      throw new Refusal(403, 'externalAccountRequired', 'an external account binding is needed')
    accounts.set(id, existing ?? { id, jwk })
    return json({ status: 'valid', orders: url('orders', id) }, existing ? 200 : 201, {
      location: url('account', id),
    })
  }

  function accountOf(jws: Jws): Account {
    const account = accounts.get((jws.header.kid ?? '').split('/').at(-1) ?? '')
    if (!account) throw new Refusal(400, 'accountDoesNotExist', 'the account is not known here')
    if (!jws.verify(keyOf(account.jwk)))
      throw new Refusal(403, 'unauthorized', 'the signature does not hold')
    return account
  }

  function mine<T extends { account: string }>(
    all: ReadonlyMap<string, T>,
    id: string | undefined,
    account: Account,
  ): T {
    const found = all.get(id ?? '')
    if (!found || found.account !== account.id)
      throw new Refusal(404, 'malformed', 'there is no such object')
    return found
  }

  function newOrder(
    account: Account,
    payload: {
      identifiers: { type: string; value: string }[]
      profile?: string
      replaces?: string
    },
  ): Reply {
    const names = payload.identifiers.map(({ value }) => value.toLowerCase()).sort()
    const profile = payload.profile ?? Object.keys(profiles)[0] ?? 'classic'
    if (!profiles[profile])
      throw new Refusal(400, 'invalidProfile', `there is no profile ${profile}`)
    const predecessor =
      payload.replaces === undefined
        ? undefined
        : issued.find(({ ariId }) => ariId === payload.replaces)
    if (payload.replaces !== undefined && (!predecessor || predecessor.account !== account.id))
      throw new Refusal(400, 'malformed', 'the certificate to replace is not known')
    if (predecessor?.replaced === true)
      throw new Refusal(409, 'alreadyReplaced', 'the certificate was replaced already')
    const week = now().getTime() - 7 * 86_400_000
    const duplicates = issued.filter((each) => each.names === names.join() && each.at > week).length
    const exempt = predecessor !== undefined && inWindow(predecessor)
    if (!exempt && duplicates >= (options.duplicateLimit ?? 5))
      throw new Refusal(
        429,
        'rateLimited',
        `too many certificates (${duplicates}) already issued for this exact set of identifiers in the last 168h`,
        { 'retry-after': '122400' },
      )
    if (predecessor) predecessor.replaced = true
    const order: Order = {
      id: randomBytes(8).toString('hex'),
      account: account.id,
      names,
      status: 'pending',
      profile,
      authorizations: names.map((name) => authorize(account, name).id),
    }
    orders.set(order.id, order)
    return showOrder(order, 201)
  }

  /** A valid authorization of the account is reused. */
  function authorize(account: Account, name: string): Authorization {
    const reusable = [...authorizations.values()].find(
      (each) => each.account === account.id && each.name === name && each.status !== 'invalid',
    )
    if (reusable) return reusable
    const fresh: Authorization = {
      id: randomBytes(8).toString('hex'),
      account: account.id,
      name,
      status: 'pending',
      token: randomBytes(24).toString('base64url'),
    }
    authorizations.set(fresh.id, fresh)
    return fresh
  }

  function showOrder(order: Order, status = 200): Reply {
    const states = order.authorizations.map((id) => authorizations.get(id)?.status)
    if (order.status === 'pending' && states.every((each) => each === 'valid'))
      order.status = 'ready'
    if (order.status === 'pending' && states.includes('invalid')) order.status = 'invalid'
    return json(
      {
        status: order.status,
        expires: new Date(now().getTime() + 7 * 86_400_000).toISOString(),
        identifiers: order.names.map((value) => ({ type: 'dns', value })),
        profile: order.profile,
        authorizations: order.authorizations.map((id) => url('authz', id)),
        finalize: url('finalize', order.id),
        ...(order.certificate === undefined
          ? {}
          : { certificate: url('certificate', order.certificate) }),
        ...(order.error === undefined ? {} : { error: order.error }),
      },
      status,
      {
        location: url('order', order.id),
        ...(order.status === 'processing' ? { 'retry-after': '1' } : {}),
      },
    )
  }

  const shownAuthorization = (each: Authorization) => ({
    status: each.status,
    expires: new Date(now().getTime() + 86_400_000).toISOString(),
    identifier: { type: 'dns', value: each.name },
    challenges: [
      {
        type: 'dns-account-01',
        url: url('challenge', each.id, 'unknown'),
        status: 'pending',
        token: each.token,
      },
      {
        type: 'dns-01',
        url: url('challenge', each.id),
        token: each.token,
        status: each.status,
        ...(each.error === undefined ? {} : { error: each.error }),
      },
    ],
  })

  function startValidation(each: Authorization): Reply {
    if (each.status === 'pending') void validate(each)
    const { challenges } = shownAuthorization(each)
    return json(
      { ...challenges[1], status: each.status === 'pending' ? 'processing' : each.status },
      200,
      { link: `<${url('authz', each.id)}>;rel="up"` },
    )
  }

  /** Once and for all, as Boulder does it: a look that comes too early fails the authorization. */
  async function validate(each: Authorization): Promise<void> {
    counts.validations++
    if ((options.validationMs ?? 0) > 0) await sleep(options.validationMs)
    const account = accounts.get(each.account)
    const wanted = createHash('sha256')
      .update(`${each.token}.${thumbprint(account?.jwk ?? {})}`)
      .digest('base64url')
    const said = await lookUpTexts(
      options.nameServers,
      { name: `_acme-challenge.${each.name}`, recursive: false },
      AbortSignal.timeout(10_000),
    )
    const everywhere =
      said.length > 0 &&
      said.every((server) => 'values' in server && server.values.includes(wanted))
    each.status = everywhere ? 'valid' : 'invalid'
    if (everywhere) return
    counts.failedValidations++
    each.error = {
      type: 'urn:ietf:params:acme:error:unauthorized',
      detail: `no TXT record with the proof at _acme-challenge.${each.name}`,
      status: 403,
    }
  }

  async function finalize(order: Order, payload: { csr: string }): Promise<Reply> {
    showOrder(order)
    if (order.status !== 'ready')
      throw new Refusal(403, 'orderNotReady', `the order is ${order.status}`)
    const csr = Buffer.from(payload.csr, 'base64url')
    if (namesIn(csr).join() !== order.names.join())
      throw new Refusal(400, 'badCSR', 'the names of the request are not those of the order')
    const profile = profiles[order.profile] ?? defaultProfiles.classic
    const from = new Date(now().getTime() - 3_600_000)
    const to = new Date(from.getTime() + profile.days * 86_400_000)
    const leafPem = await issuer.sign(csr, order.names, from, to, profile.commonName)
    const id = randomBytes(8).toString('hex')
    issued.push({
      id,
      account: order.account,
      leafPem,
      names: order.names.join(),
      at: now().getTime(),
      days: profile.days,
      ariId: certificateId(leafPem),
      replaced: false,
      revoked: false,
    })
    order.status = 'valid'
    order.certificate = id
    return showOrder(order)
  }

  function certificate(id: string, alternate: boolean): Reply {
    const found = issued.find((each) => each.id === id)
    if (!found) throw new Refusal(404, 'malformed', 'there is no such certificate')
    return {
      status: 200,
      type: 'application/pem-certificate-chain',
      headers: { link: `<${url('certificate', id, '1')}>;rel="alternate"` },
      body: `${found.leafPem}\n${issuer.chain(alternate)}\n`,
    }
  }

  function revoke(account: Account, payload: { certificate: string }): Reply {
    const pem = new X509Certificate(Buffer.from(payload.certificate, 'base64url')).toString()
    const found = issued.find((each) => new X509Certificate(each.leafPem).toString() === pem)
    if (!found || found.account !== account.id)
      throw new Refusal(403, 'unauthorized', 'the certificate is not yours')
    if (found.revoked)
      throw new Refusal(400, 'alreadyRevoked', 'the certificate is revoked already')
    found.revoked = true
    return { status: 200, type: 'text/plain', headers: {}, body: '' }
  }

  /** Boulder's numbers: the centre at two thirds of the life (half below ten days), one per cent to each side. */
  function windowOf(each: Issued): { start: Date; end: Date } {
    if (urged || each.revoked)
      return {
        start: new Date(now().getTime() - 7_200_000),
        end: new Date(now().getTime() - 3_600_000),
      }
    const life = each.days * 86_400_000
    const centre = each.at - 3_600_000 + life * (each.days < 10 ? 1 / 2 : 2 / 3)
    return { start: new Date(centre - life / 100), end: new Date(centre + life / 100) }
  }
  const inWindow = (each: Issued): boolean => now() >= windowOf(each).start

  function renewalInfo(id: string): Reply {
    const found = issued.find(({ ariId }) => ariId === id)
    if (!found) throw new Refusal(404, 'malformed', 'the certificate is not known')
    const { start, end } = windowOf(found)
    return json({ suggestedWindow: { start: start.toISOString(), end: end.toISOString() } }, 200, {
      'retry-after': '21600',
    })
  }

  const server = options.serverCertificate
    ? createHttps(
        { cert: options.serverCertificate.certificatePem, key: options.serverCertificate.keyPem },
        serve,
      )
    : createHttp(serve)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
  })
  const { address, port } = server.address() as AddressInfo
  base = `${options.serverCertificate ? 'https' : 'http'}://${address}:${port}`
  return {
    directoryUrl: `${base}/directory`,
    rootPem: issuer.rootPem,
    issued,
    counts,
    fault: (fault, times) => void faults.push(...Array<AuthorityFault>(times).fill(fault)),
    urgeRenewal: (urge) => {
      urged = urge
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
