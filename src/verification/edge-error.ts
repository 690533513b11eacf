import type { FindingCode } from '../core/codes.ts'
import type { EdgeAnswer } from './types.ts'

type Meaning = { readonly code: FindingCode; readonly says: string; readonly hint: string }

/** Which hop a number of the edge means (Cloudflare docs, "5xx errors" and "1xxx errors", 2026). */
const meanings: Readonly<Record<number, Meaning>> = {
  520: {
    code: 'origin/not-reached',
    says: 'the home closes the connection of the edge (520)',
    hint: 'the gateway may demand a client certificate that the edge does not present: run `gatehouse plan`',
  },
  521: {
    code: 'origin/not-reached',
    says: 'the home refuses the connection of the edge (521)',
    hint: 'start `gatehouse run`, and forward the port in the router (`gatehouse firewall show`)',
  },
  522: {
    code: 'origin/not-reached',
    says: 'the home does not answer the edge (522)',
    hint: 'forward the port in the router (`gatehouse firewall show`); with CGNAT nothing can reach the home by IPv4',
  },
  523: {
    code: 'origin/not-reached',
    says: 'the edge finds no way to the home (523)',
    hint: 'the record points to the wrong address: run `gatehouse plan`',
  },
  524: {
    code: 'home-assistant/not-reached',
    says: 'the home took the request and did not answer in time (524)',
    hint: 'look whether Home Assistant is overloaded',
  },
  525: {
    code: 'origin/not-reached',
    says: 'the edge and the home do not agree on TLS (525)',
    hint: 'the gateway has no certificate yet, or demands one that the edge does not present: run `gatehouse plan`',
  },
  526: {
    code: 'certificate/untrusted',
    says: 'the edge does not trust the certificate of the home (526)',
    hint: 'it has ended, is for another name, or is from a staging authority: run `gatehouse plan`',
  },
  530: {
    code: 'edge/unreachable',
    says: 'the edge cannot resolve the origin (530)',
    hint: 'run `gatehouse plan`',
  },
  1000: {
    code: 'dns/wrong-address',
    says: 'the record points to an address that the edge does not connect to (1000)',
    hint: 'it is an address of Cloudflare or a private one: run `gatehouse plan`',
  },
  1001: {
    code: 'edge/unreachable',
    says: 'the edge does not know the name (1001)',
    hint: 'the record is missing, new or not proxied, or the zone is not active: run `gatehouse plan`',
  },
  1016: {
    code: 'edge/unreachable',
    says: 'the edge cannot resolve the origin (1016)',
    hint: 'the record points to a name that has no address: run `gatehouse plan`',
  },
  1033: {
    code: 'origin/not-reached',
    says: 'the name leads to a tunnel that is down (1033)',
    hint: 'another product set the record: run `gatehouse plan`',
  },
  1034: {
    code: 'dns/wrong-address',
    says: 'the record points to an address that the edge does not connect to (1034)',
    hint: 'run `gatehouse plan`',
  },
}

const noUpstream: Meaning = {
  code: 'home-assistant/not-reached',
  says: 'Gatehouse does not reach Home Assistant (502)',
  hint: 'check that Home Assistant runs and that home_assistant.url is right',
}

/** Errors with which the edge turns this visitor away: others may pass. */
const refusals: ReadonlySet<number> = new Set([1005, 1006, 1007, 1008, 1009, 1010, 1015, 1020])

export const isRefusal = ({ edgeError }: EdgeAnswer): boolean =>
  edgeError !== undefined && refusals.has(edgeError)

/** The broken hop, where the answer is an error about the way; `undefined` where something at home answered. */
export function describeEdgeError({ status, edgeError }: EdgeAnswer): Meaning | undefined {
  if (edgeError === undefined && status === 502) return noUpstream
  return meanings[edgeError ?? status]
}
