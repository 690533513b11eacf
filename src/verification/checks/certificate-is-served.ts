import { broken, held, notKnown, type Proof } from '../../core/proof.ts'
import { evidence, type Check, type ServedAtHome } from '../types.ts'

const code = 'certificate/served-differs'

/** What is served where TLS ends is what is stored: a renewal that does not reach the listener helps nobody. */
export const certificateIsServed: Check = {
  name: 'the stored certificate is served',
  codes: [code],
  async run(subject, signal) {
    const [name = ''] = subject.names
    if (subject.storedFingerprint === undefined)
      return [
        notKnown(code, 'there is no stored certificate to compare with', {
          hint: 'run `gatehouse apply`',
        }),
      ]
    const served = await subject.servedAtHome(name, signal)
    if (!served)
      return [
        notKnown(
          code,
          'nothing shows this machine a certificate at home, so it could not be compared',
          { hint: 'start `gatehouse run`, and put the range of this machine into gateway.local' },
        ),
      ]
    return [judge(served, subject.storedFingerprint, subject.now())]
  },
}

function judge(served: ServedAtHome, stored: string, now: Date): Proof {
  const who = served.by === 'gateway' ? 'the gateway' : 'Home Assistant'
  const trail = [
    evidence(now, 'here', served.asked, `certificate ${served.fingerprint.slice(0, 23)}…`),
  ]
  if (served.fingerprint === stored)
    return held(code, `${who} serves the certificate that is stored`, trail)
  // A renewal waits for the window in which Home Assistant may be restarted.
  if (served.isFromBefore && served.notAfter > now)
    return held(
      code,
      `${who} serves the certificate from before the renewal, good until ${served.notAfter.toISOString().slice(0, 10)}; it takes the new one with a restart`,
      trail,
    )
  return broken(code, `${who} serves another certificate than the stored one`, {
    evidence: trail,
    hint:
      served.by === 'gateway'
        ? 'restart `gatehouse run`'
        : 'it takes the new one with a restart: `gatehouse run` does it in home_assistant.restart_window, `gatehouse apply` at once',
  })
}
