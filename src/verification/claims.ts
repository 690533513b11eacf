import type { FindingCode } from '../core/codes.ts'
import type { SafeguardName } from '../core/safeguard.ts'

/** What must hold of each safeguard, said as it is when it holds. Everything else it finds is advice. */
export const claims: Readonly<
  Partial<Record<SafeguardName, readonly (readonly [FindingCode, string])[]>>
> = {
  'dns-record': [
    ['zone/not-active', 'the zone is active'],
    ['zone/paused', 'the zone is not paused'],
    ['dns/not-proxied', 'every record of the names is proxied'],
    ['dns/wrong-address', 'the records point to this home'],
    ['dns/duplicate', 'each name has one record of a kind'],
    ['dns/foreign-record', 'nobody else has a record at the names'],
    ['dns/leaks-address', 'no other record of the zone publishes the home address'],
    ['dns/no-edge-certificate', 'the edge has certificates for names like these'],
  ],
  certificate: [
    ['certificate/missing', 'there is a certificate for the origin'],
    ['certificate/expired', 'the certificate of the origin has not ended'],
    ['certificate/expires-soon', 'the certificate of the origin is renewed in time'],
    ['certificate/wrong-name', 'the certificate of the origin covers every name'],
    ['certificate/key-readable', 'nobody else on this machine can read the private key'],
  ],
  'edge-rules': [
    ['edge/ssl-mode', 'the edge checks the certificate of the origin'],
    ['edge/websockets-off', 'WebSockets are on at the edge'],
    ['edge/country-rule', 'the country rule is as wished'],
    ['edge/login-limit', 'attempts to sign in are limited at the edge, as wished'],
  ],
  'origin-pulls': [
    ['pulls/off', 'the edge presents our own client certificate'],
    ['pulls/expires-soon', 'the client certificate of the edge is renewed in time'],
  ],
  'home-assistant': [
    ['home-assistant/recovery-mode', 'Home Assistant is not in recovery mode'],
    [
      'home-assistant/trusts-too-much',
      'Home Assistant believes nobody but its proxy about the visitor',
    ],
  ],
}
