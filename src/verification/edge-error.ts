import type { FindingCode } from '../core/codes.ts'
import type { EdgeAnswer } from './types.ts'

type Meaning = { readonly code: FindingCode; readonly says: string; readonly hint: string }

/** Which hop a number of the edge means (Cloudflare docs, "5xx errors", 2026). */
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
  502: {
    code: 'home-assistant/not-reached',
    says: 'Gatehouse does not reach Home Assistant (502)',
    hint: 'check that Home Assistant runs and that home_assistant.url is right',
  },
  530: {
    code: 'edge/unreachable',
    says: 'the edge cannot resolve the origin (530)',
    hint: 'run `gatehouse plan`',
  },
}

/** The broken hop, where the answer is an error about the way; `undefined` where something at home answered. */
export function describeEdgeError({ status }: EdgeAnswer): Meaning | undefined {
  return meanings[status]
}
