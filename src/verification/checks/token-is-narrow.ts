import { broken, held, type Proof } from '../../core/proof.ts'
import { evidence, type Check } from '../types.ts'

/** The token on this machine can do what is needed, and no more. */
export const tokenIsNarrow: Check = {
  name: 'the token is narrow',
  codes: ['token/refused', 'token/missing-permission', 'token/too-broad'],
  async run(subject, signal): Promise<Proof[]> {
    const { status, tooMuch, lacks, otherZones } = await subject.token(signal)
    const trail = [
      evidence(
        subject.now(),
        'here',
        'what the token may read at Cloudflare',
        [
          `status ${status}`,
          ...(tooMuch.length > 0 ? [`too much: ${tooMuch.join(', ')}`] : []),
          ...(lacks.length > 0 ? [`lacks: ${lacks.join(', ')}`] : []),
        ].join('; '),
      ),
    ]
    if (status !== 'active')
      return [
        broken('token/refused', `the token is ${status}`, {
          evidence: trail,
          hint: 'make a new one: `gatehouse token url`',
        }),
      ]
    const wide = [...tooMuch, ...(otherZones ?? []).map((zone) => `the zone ${zone}`)]
    return [
      held('token/refused', 'Cloudflare accepts the token', trail),
      lacks.length > 0
        ? broken('token/missing-permission', `the token lacks ${lacks.join(', ')}`, {
            evidence: trail,
            hint: 'make one with what is needed: `gatehouse token url`',
          })
        : held('token/missing-permission', 'the token may do what is needed', trail),
      wide.length > 0
        ? broken(
            'token/too-broad',
            `the token also reaches ${wide.slice(0, 4).join(', ')}${wide.length > 4 ? ` and ${wide.length - 4} more` : ''}`,
            {
              evidence: trail,
              hint: 'narrow it to this zone and these permissions: `gatehouse token check`',
            },
          )
        : held('token/too-broad', 'the token can do nothing that is not needed', trail),
    ]
  },
}
