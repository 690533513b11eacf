import { randomBytes } from 'node:crypto'
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import type { DnsServer } from '../../../src/adapters/dns/query.ts'
import type { Pair } from '../pki.ts'
import { accountOf, changeKey, newAccount, updateAccount } from './accounts.ts'
import { downloadCertificate, revoke } from './certificates.ts'
import { replyOf, type AuthorityFault } from './faults.ts'
import { makeIssuer } from './issuer.ts'
import { readJws, type Jws } from './jose.ts'
import { letsEncrypt, meter, type Limits } from './limits.ts'
import { finalize, newOrder, showOrder } from './orders.ts'
import { renewalInfo } from './renewal.ts'
import { empty, json, Refusal, refusalOf, type Reply } from './reply.ts'
import { mine, type Counts, type Issued, type Profile, type State } from './state.ts'
import { deactivate, showAuthorization, startValidation } from './validation.ts'

export type AuthorityOptions = {
  readonly host?: string
  readonly port?: number
  /** With it the directory is https. */
  readonly serverCertificate?: Pair
  /** Whom the authority asks for proofs: the authoritative servers, all of which must agree. */
  readonly nameServers: readonly DnsServer[]
  readonly profiles?: Readonly<Record<string, Profile>>
  readonly eabKeys?: ReadonlyMap<string, string>
  /** How long it takes to look at a proof, in ms. */
  readonly validationMs?: number
  /** Those of Let's Encrypt where nothing else is said. */
  readonly limits?: Partial<Limits>
  /** Certificates per exact set of names in seven days (Let's Encrypt: 5). */
  readonly duplicateLimit?: number
  readonly now?: () => Date
}

export type Authority = {
  readonly directoryUrl: string
  readonly rootPem: string
  /** The root that the alternate chain leads to. */
  readonly alternateRootPem: string
  /** What stands between a leaf and the root. */
  readonly chainPem: string
  readonly issued: readonly Issued[]
  readonly counts: Counts
  /** The next so many POSTs, to anything or to one kind of resource (`finalize`, say), meet the fault. */
  fault(fault: AuthorityFault, times: number, at?: string): void
  clearFaults(): void
  /** Told of every signed request, right before it is done and right after, unanswered yet. */
  onPost(hear: (moment: string) => Promise<void>): void
  /** Cuts every connection. */
  away(is: boolean): void
  /** From now on the window of every certificate that was issued until now lies in the past, as after an incident. */
  urgeRenewal(urge: boolean): void
  close(): Promise<void>
}

const defaultProfiles: Readonly<Record<string, Profile>> = {
  classic: { days: 90, commonName: true },
  tlsserver: { days: 45, commonName: false },
  shortlived: { days: 6.67, commonName: false },
}

/** A certificate authority of RFC 8555 with dns-01, profiles and ARI, numbers as Let's Encrypt had them in 2026. */
export async function startAuthority(options: AuthorityOptions): Promise<Authority> {
  const now = options.now ?? (() => new Date())
  let base = ''
  const certificatesPerSetOfNames = {
    ...letsEncrypt.certificatesPerSetOfNames,
    ...(options.duplicateLimit === undefined ? {} : { count: options.duplicateLimit }),
  }
  const state: State = {
    now,
    url: (...parts) => `${base}/${parts.join('/')}`,
    issuer: await makeIssuer(now()),
    profiles: options.profiles ?? defaultProfiles,
    nameServers: options.nameServers,
    validationMs: options.validationMs ?? 0,
    eabKeys: options.eabKeys,
    meter: meter({ ...letsEncrypt, certificatesPerSetOfNames, ...options.limits }, now),
    accounts: new Map(),
    orders: new Map(),
    authorizations: new Map(),
    issued: [],
    counts: { requests: 0, badNonces: 0, validations: 0, failedValidations: 0, limited: 0 },
    urgedUntil: undefined,
  }
  const nonces = new Set<string>()
  const faults: { readonly fault: AuthorityFault; readonly at: string | undefined }[] = []

  let hearPost = (_moment: string): Promise<void> => Promise.resolve()
  let isAway = false

  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    state.counts.requests++
    if (isAway) {
      response.destroy()
      return
    }
    void answer(request)
      .catch((error: unknown) => {
        const reply = refusalOf(error).reply()
        if (reply.status === 429) state.counts.limited++
        return reply
      })
      .then((reply) => {
        if (reply === undefined) return response.destroy()
        const nonce = randomBytes(12).toString('base64url')
        nonces.add(nonce)
        response.writeHead(reply.status, {
          'content-type': reply.type,
          'replay-nonce': nonce,
          link: `<${state.url('directory')}>;rel="index"`,
          date: now().toUTCString(),
          ...reply.headers,
        })
        return response.end(request.method === 'HEAD' ? undefined : reply.body)
      })
  }

  /** `undefined`: the connection is cut. */
  const answer = async (request: IncomingMessage): Promise<Reply | undefined> => {
    const path = (request.url ?? '/').split('/').slice(1)
    const [head = '', id = ''] = path
    if (head === 'directory') return json(directoryOf(state))
    if (head === 'nonce')
      return empty(request.method === 'HEAD' ? 200 : 204, { 'cache-control': 'no-store' })
    if (head === 'renewal-info') return renewalInfo(state, id)
    const body = await textOf(request)
    const fault = nextFault(head)
    if (fault === 'cut') return undefined
    if (fault === 'slow') await sleep(60_000, undefined, { ref: false })
    const instead = fault && replyOf(fault)
    if (instead) return instead
    const jws = readJws(body)
    if (fault === 'bad-nonce' || !nonces.delete(jws.header.nonce ?? '')) {
      state.counts.badNonces++
      throw new Refusal(400, 'badNonce', 'the nonce is not one of ours')
    }
    if (jws.header.url !== `${base}${request.url}`)
      throw new Refusal(400, 'unauthorized', 'the url in the header is another one')
    await hearPost(`before ${head}`)
    const seen = fault === 'blind' ? { ...state, nameServers: [] } : state
    const reply = await dispatch(seen, path, jws, request.socket.remoteAddress ?? '')
    await hearPost(`after ${head}`)
    return fault === 'lost' ? undefined : reply
  }

  const nextFault = (head: string): AuthorityFault | undefined => {
    const index = faults.findIndex(({ at }) => at === undefined || at === head)
    return index < 0 ? undefined : faults.splice(index, 1)[0]?.fault
  }

  const { serverCertificate: pair } = options
  const server = pair
    ? createHttps({ cert: pair.certificatePem, key: pair.keyPem }, serve)
    : createHttp(serve)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
  })
  const { address, port } = server.address() as AddressInfo
  base = `${pair ? 'https' : 'http'}://${address}:${port}`
  return {
    directoryUrl: `${base}/directory`,
    rootPem: state.issuer.rootPem,
    alternateRootPem: state.issuer.alternateRootPem,
    chainPem: state.issuer.chain(false),
    issued: state.issued,
    counts: state.counts,
    fault(fault, times, at) {
      for (let i = 0; i < times; i++) faults.push({ fault, at })
    },
    clearFaults: () => void faults.splice(0),
    onPost(hear) {
      hearPost = hear
    },
    away(is) {
      isAway = is
      if (is) server.closeAllConnections()
    },
    urgeRenewal(urge) {
      state.urgedUntil = urge ? now().getTime() : undefined
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function dispatch(
  state: State,
  [head, id = '', more]: readonly string[],
  jws: Jws,
  address: string,
): Promise<Reply> {
  if (head === 'new-account') return newAccount(state, jws, address)
  if (head === 'revoke' && jws.header.jwk) return revoke(state, jws, undefined)
  const account = accountOf(state, jws)
  switch (head) {
    case 'account':
      return updateAccount(state, account, id, jws)
    case 'key-change':
      return changeKey(state, account, jws)
    case 'new-order':
      return newOrder(state, account, jws.payload as never)
    case 'order':
      return showOrder(state, mine(state.orders, id, account))
    case 'authz':
      return jws.empty
        ? showAuthorization(state, mine(state.authorizations, id, account))
        : deactivate(state, mine(state.authorizations, id, account))
    case 'challenge':
      return startValidation(state, mine(state.authorizations, id, account))
    case 'finalize':
      return finalize(state, mine(state.orders, id, account), jws.payload as never)
    case 'certificate':
      return downloadCertificate(state, id, more === '1')
    case 'revoke':
      return revoke(state, jws, account)
    default:
      throw new Refusal(404, 'malformed', 'there is no such resource')
  }
}

const directoryOf = ({ url, profiles, eabKeys }: State) => ({
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
    caaIdentities: ['authority.example'],
    profiles: Object.fromEntries(
      Object.keys(profiles).map((name) => [name, `the profile ${name}`]),
    ),
    externalAccountRequired: eabKeys !== undefined,
  },
})

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
