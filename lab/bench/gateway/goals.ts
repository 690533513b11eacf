/** What the figures are to be at least (or, for times, at most), as ratios to the current nginx of the same run. */
export const goals: Readonly<Record<string, number>> = {
  k1: 1,
  k32: 1,
  k256: 1,
  b64: 1.4,
  m10: 1.4,
  handshake: 1.2,
  resumed: 1.2,
  websocket: 0.9,
  p99: 1.2,
}
