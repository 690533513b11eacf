import { createSecureContext, type SecureContext } from 'node:tls'

export type Identity = {
  readonly names: readonly string[]
  readonly certificate: { readonly chainPem: string; readonly keyPem: string } | undefined
  /** PEM of the authorities of our client certificates. */
  readonly authorities: readonly string[]
}

/** The TLS contexts by name. Replacing them touches no open connection. */
export type TlsNames = {
  replace(identity: Identity): void
  context(name: string): SecureContext | undefined
}

/** Sessions are bound to this and to the keys of the tickets (OpenSSL refuses to resume without it). */
export const sessionIdContext = 'gatehouse'

export function tlsNames(): TlsNames {
  let byName = new Map<string, SecureContext>()
  return {
    replace({ names, certificate, authorities }) {
      if (!certificate) {
        byName = new Map()
        return
      }
      const context = createSecureContext({
        cert: certificate.chainPem,
        key: certificate.keyPem,
        // Without `ca` Node would trust every public authority's client certificates.
        ca: authorities.length > 0 ? [...authorities] : [certificate.chainPem],
        minVersion: 'TLSv1.2',
        sessionIdContext,
      })
      byName = new Map(names.map((name) => [name, context]))
    },
    context: (name) => byName.get(name.toLowerCase()),
  }
}
