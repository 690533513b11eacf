import type { FindingCode } from './codes.ts'
import { hours, minutes, seconds, type Duration } from './duration.ts'

/** A restart of a router, of Home Assistant, or a lost packet: people are not woken for it. */
const blip = minutes(2)

/**
 * How long the keeper must see a finding without a break before it shows. What is not listed shows at
 * once: an opened door is no blip.
 */
const declared: Readonly<Partial<Record<FindingCode, Duration>>> = {
  // Before its symptoms, so that they show under it.
  'network/down': minutes(1),
  'cloudflare/no-answer': minutes(5),
  'address/unknown': blip,
  'dns/wrong-address': seconds(30),
  'dns/no-answer': minutes(5),
  // A renewal has days, and an authority may be away for hours.
  'certificate/authority-unreachable': hours(6),
  'certificate/renewal-failing': hours(1),
  'edge/unreachable': blip,
  'origin/not-reached': blip,
  'home-assistant/not-reached': blip,
  'home-assistant/websocket': blip,
  'vantage/no-answer': minutes(30),
  'keeper/cannot-look': minutes(5),
  'keeper/cannot-mend': minutes(5),
  'notify/failing': blip,
}

export const visibleAfter = (code: FindingCode): Duration => declared[code] ?? seconds(0)
