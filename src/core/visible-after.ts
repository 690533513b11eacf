import type { FindingCode } from './codes.ts'
import { minutes, seconds, type Duration } from './duration.ts'

/** A restart of a router, of Home Assistant, or a lost packet: people are not woken for it. */
const blip = minutes(2)

/**
 * How long the keeper must see a finding without a break before it shows. What is not listed shows at
 * once: an opened door is no blip.
 */
const declared: Readonly<Partial<Record<FindingCode, Duration>>> = {
  'address/unknown': blip,
  'dns/wrong-address': seconds(30),
  'edge/unreachable': blip,
  'origin/not-reached': blip,
  'home-assistant/not-reached': blip,
  'home-assistant/websocket': blip,
}

export const visibleAfter = (code: FindingCode): Duration => declared[code] ?? seconds(0)
