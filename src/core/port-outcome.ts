/** What a port of the home said to somebody outside. */
export type PortOutcome =
  /** Nothing listens, or a firewall says so. */
  | { readonly is: 'refused'; readonly ms: number }
  /** No answer at all: a firewall drops it. */
  | { readonly is: 'filtered'; readonly ms: number }
  /** There is no way there from the vantage. */
  | { readonly is: 'unreachable'; readonly ms: number; readonly because: string }
  /** The connection opens, and nothing is served over it. With `certificate`: the name was given away. */
  | {
      readonly is: 'open'
      readonly ms: number
      readonly because: string
      readonly certificate?: SeenCertificate
    }
  /** A web server answers. */
  | {
      readonly is: 'http'
      readonly ms: number
      readonly status: number
      readonly tls: boolean
      readonly homeAssistant: boolean
      readonly certificate?: SeenCertificate
    }

export type SeenCertificate = {
  readonly names: string
  readonly issuer: string
  readonly fingerprint: string
}

/** In a few words, for evidence. */
export function describeOutcome(outcome: PortOutcome): string {
  const after = `after ${outcome.ms} ms`
  switch (outcome.is) {
    case 'refused':
      return `connection refused ${after}`
    case 'filtered':
      return `no answer within ${outcome.ms} ms`
    case 'unreachable':
      return `no way there (${outcome.because})`
    case 'open':
      return `connection ${outcome.because === 'ECONNRESET' ? 'cut off' : `ended: ${outcome.because}`} ${after}, nothing served${outcome.certificate ? `, certificate for ${outcome.certificate.names} shown` : ''}`
    case 'http':
      return `${outcome.status} over ${outcome.tls ? 'TLS' : 'plain HTTP'}${outcome.homeAssistant ? ', Home Assistant' : ''} ${after}`
  }
}
