import { Agent } from 'node:https'
import { isIP } from 'node:net'
import { checkServerIdentity, TLSSocket, type PeerCertificate } from 'node:tls'

import { addressOf, mustBeRange, withinAny } from '../../core/address.ts'
import { errorCode, Problem } from '../../core/problem.ts'
import type { Access } from './access.ts'

/** Where Home Assistant answers just now. */
export type Place = { readonly url: string; readonly access: Access }

/**
 * Asks at the place where it last answered; where something there speaks the other protocol (its http settings were
 * changed on the same port), asks again in that.
 */
export function placeOf(access: Access) {
  let url = access.url
  return async function at<T>(ask: (place: Place) => Promise<T>): Promise<T> {
    try {
      return await ask({ url, access })
    } catch (error) {
      if (!mayBeTheOtherProtocol(error)) throw error
      const other = url.startsWith('https:')
        ? url.replace(/^https:/, 'http:')
        : url.replace(/^http:/, 'https:')
      const answer = await ask({ url: other, access }).catch((second: unknown) => {
        throw isNotReached(second) ? error : second
      })
      url = other
      return answer
    }
  }
}

const isNotReached = (error: unknown): boolean =>
  error instanceof Problem && error.code === 'home-assistant/not-reached'

/** What a client hears when it speaks HTTP to TLS, or TLS to HTTP; a refused connection is none of it. */
const otherProtocol = new Set(['ECONNRESET', 'EPROTO', 'EPIPE'])

const mayBeTheOtherProtocol = (error: unknown): boolean => {
  if (!isNotReached(error) || !(error instanceof Problem)) return false
  const code = errorCode(error.cause) ?? ''
  return otherProtocol.has(code) || code.startsWith('ERR_SSL_') || code.startsWith('HPE_')
}

/** How to open TLS there: any certificate for now, judged by `mustBeOurs` before a secret is said. `false`: no TLS. */
export function agentFor({ url, access }: Place): Agent | false {
  if (!url.startsWith('https:')) return false
  const host = new URL(url).hostname.replaceAll(/[[\]]/g, '')
  const name = access.names[0] ?? (isIP(host) === 0 ? host : undefined)
  return new Agent({
    rejectUnauthorized: false,
    // `authorized` then says whether the authority is known; the name is judged apart.
    checkServerIdentity: () => undefined,
    ...(name === undefined ? {} : { servername: name }),
  })
}

/**
 * Before the token is said: that it is said to Home Assistant. Over TLS its certificate is one of ours, or from a known
 * authority for a name of ours or for the host of `url`; plain HTTP is what the owner wrote into `url`. On this machine
 * itself nobody can stand between. Throws Problem `home-assistant/certificate`.
 */
export async function mustBeOurs(place: Place, socket: unknown): Promise<void> {
  const { url, access } = place
  const host = new URL(url).hostname.replaceAll(/[[\]]/g, '')
  const address = addressOf(host)
  if (host === 'localhost' || (address !== undefined && withinAny(address, loopback))) return
  if (!(socket instanceof TLSSocket)) {
    if (access.url.startsWith('http:')) return
    throw new Problem(
      'home-assistant/certificate',
      `Home Assistant at ${url} speaks plain HTTP, and ${access.url} was to be encrypted; the token is not sent`,
      { hint: 'write http:// in home_assistant.url if that is meant' },
    )
  }
  const certificate = socket.getPeerCertificate()
  if (socket.authorized && namesIt(certificate, [host, ...access.names])) return
  if ((await access.ours()).includes(certificate.fingerprint256)) return
  throw new Problem(
    'home-assistant/certificate',
    `the certificate of Home Assistant at ${url} is neither ours nor from a known authority for ${[host, ...access.names].join(' or ')}; the token is not sent`,
    {
      hint: 'give it a certificate for the public name, or run Gatehouse on the same machine and reach it at 127.0.0.1',
    },
  )
}

const loopback = ['127.0.0.0/8', '::1/128'].map(mustBeRange)

const namesIt = (certificate: PeerCertificate, names: readonly string[]): boolean =>
  names.some((name) => checkServerIdentity(name, certificate) === undefined)
