import { X509Certificate } from 'node:crypto'

import { certificateId } from '../../../src/adapters/acme/ari.ts'
import { keyOf, thumbprint, type Jws } from './jose.ts'
import { empty, Refusal, type Reply } from './reply.ts'
import { newId, type Account, type Issued, type Order, type State } from './state.ts'

/** Answers with the id of the new certificate. It begins an hour ago, as those of Boulder do. */
export async function issue(state: State, order: Order, csr: Buffer): Promise<string> {
  const profile = state.profiles[order.profile]
  if (!profile) throw new Refusal(400, 'invalidProfile', `there is no profile ${order.profile}`)
  const at = state.now().getTime()
  const from = new Date(at - 3_600_000)
  const to = new Date(from.getTime() + profile.days * 86_400_000)
  const leafPem = await state.issuer.sign(csr, order.names, from, to, profile.commonName)
  const id = newId()
  state.issued.push({
    id,
    account: order.account,
    leafPem,
    names: order.names.join(),
    at,
    days: profile.days,
    ariId: certificateId(leafPem),
    replaced: false,
    revoked: false,
  })
  return id
}

export function downloadCertificate(
  { issued, issuer, url }: State,
  id: string,
  alternate: boolean,
): Reply {
  const found = issued.find((each) => each.id === id)
  if (!found) throw new Refusal(404, 'malformed', 'there is no such certificate')
  return {
    status: 200,
    type: 'application/pem-certificate-chain',
    headers: { link: `<${url('certificate', id, '1')}>;rel="alternate"` },
    body: `${found.leafPem}\n${issuer.chain(alternate)}\n`,
  }
}

/** By the account that ordered it, or by whoever has its key (RFC 8555 section 7.6). */
export function revoke(state: State, jws: Jws, account: Account | undefined): Reply {
  const { certificate } = jws.payload as { readonly certificate: string }
  const asked = new X509Certificate(Buffer.from(certificate, 'base64url'))
  const found = state.issued.find(({ leafPem }) =>
    new X509Certificate(leafPem).raw.equals(asked.raw),
  )
  if (!found || !(account ? found.account === account.id : isByItsKey(jws, found)))
    throw new Refusal(403, 'unauthorized', 'the certificate is not yours')
  if (found.revoked) throw new Refusal(400, 'alreadyRevoked', 'the certificate is revoked already')
  found.revoked = true
  return empty(200)
}

function isByItsKey(jws: Jws, { leafPem }: Issued): boolean {
  const { jwk } = jws.header
  if (!jwk || !jws.verify(keyOf(jwk))) return false
  const own = new X509Certificate(leafPem).publicKey.export({ format: 'jwk' })
  return thumbprint(jwk) === thumbprint(own as Record<string, string>)
}
