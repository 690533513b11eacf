import { broken, held, notKnown } from '../../core/proof.ts'
import { evidence, type Check } from '../types.ts'

/** What the gateway serves is what is stored: a renewal that does not reach the listener helps nobody. */
export const certificateIsServed: Check = {
  name: 'the stored certificate is served',
  codes: ['certificate/served-differs'],
  async run(subject, signal) {
    const [name = ''] = subject.names
    if (subject.storedFingerprint === undefined)
      return [
        notKnown('certificate/served-differs', 'there is no stored certificate to compare with', {
          hint: 'run `gatehouse apply`',
        }),
      ]
    const served = await subject.servedAtHome(name, signal)
    if (!served)
      return [
        notKnown(
          'certificate/served-differs',
          'the gateway shows this machine no certificate, so it could not be compared',
          { hint: 'start `gatehouse run`, and put the range of this machine into gateway.local' },
        ),
      ]
    const same = served.fingerprint === subject.storedFingerprint
    const trail = [
      evidence(
        subject.now(),
        'here',
        served.asked,
        `certificate ${served.fingerprint.slice(0, 23)}…`,
      ),
    ]
    return [
      same
        ? held(
            'certificate/served-differs',
            'the gateway serves the certificate that is stored',
            trail,
          )
        : broken(
            'certificate/served-differs',
            'the gateway serves another certificate than the stored one',
            { evidence: trail, hint: 'restart `gatehouse run`' },
          ),
    ]
  },
}
