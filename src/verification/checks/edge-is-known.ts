import { broken, held, notKnown } from '../../core/proof.ts'
import { edgeAddress } from '../edge-address.ts'
import { evidence, type Check } from '../types.ts'

/** With these two the owner has chosen otherwise, and an `apply` does nothing about it. */
const demand =
  'run `gatehouse apply`; with `origin_pulls: off` or `tls: home-assistant` in the configuration it stays so'

/**
 * The gateway knows the edge by our own client certificate. Then another customer of Cloudflare, who
 * comes from the same addresses, has no way in: they cannot present it.
 */
export const edgeIsKnown: Check = {
  name: 'the gateway knows the edge',
  codes: ['pulls/not-enforced', 'origin/other-tenant'],
  async run(subject, signal) {
    const mode = subject.pullsMode
    const at = subject.now()
    if (mode.is !== 'known') {
      return edgeIsKnown.codes.map((code) =>
        notKnown(
          code,
          `what the gateway demands is not known (${mode.is === 'unknown' ? mode.because : 'it does not run here'})`,
          { hint: 'run `gatehouse verify` on the machine of the gateway' },
        ),
      )
    }
    const demands = evidence(
      at,
      'here',
      'what the gateway demands of the edge',
      mode.value === 'required' ? 'our own client certificate' : `nothing (${mode.value})`,
    )
    if (mode.value !== 'required') {
      return [
        broken(
          'pulls/not-enforced',
          'the gateway serves connections without our client certificate',
          { evidence: [demands], hint: demand },
        ),
        broken(
          'origin/other-tenant',
          'every Cloudflare customer can reach Home Assistant around the rules',
          { evidence: [demands], hint: demand },
        ),
      ]
    }
    // Demanded and yet served through the edge: so the edge presents it, and only this zone's edge has it.
    const [name = ''] = subject.names
    const address = await edgeAddress(subject, name, signal)
    const answer =
      address === undefined
        ? undefined
        : await subject.askEdge(
            { address, port: subject.publicPort, name, path: '/manifest.json', secure: true },
            signal,
          )
    const works = answer !== undefined && !('failed' in answer) && answer.status < 500
    const through = evidence(
      subject.now(),
      'here',
      `GET https://${name}:${subject.publicPort}/manifest.json`,
      answer === undefined
        ? 'not asked'
        : 'failed' in answer
          ? answer.failed
          : String(answer.status),
    )
    return [
      held(
        'pulls/not-enforced',
        'the gateway serves nobody from the edge without our client certificate',
        [demands],
      ),
      works
        ? held(
            'origin/other-tenant',
            'only the edge of this zone has the client certificate that the gateway demands',
            [demands, through],
          )
        : notKnown(
            'origin/other-tenant',
            'the gateway demands our client certificate, but nothing came through the edge to show that it is ours',
            { evidence: [demands, through], hint: 'see what is broken before it on the way' },
          ),
    ]
  },
}
