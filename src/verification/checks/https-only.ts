import { broken, held, notKnown } from '../../core/proof.ts'
import { edgeAddress } from '../edge-address.ts'
import { evidence, type Check } from '../types.ts'

/** Whoever comes in clear text is sent to https, and nothing is served to them. */
export const httpsOnly: Check = {
  name: 'the edge serves https only',
  codes: ['edge/http-allowed'],
  async run(subject, signal) {
    const [name = ''] = subject.names
    // The HTTP port that goes with 443; of the others any would do.
    const port = subject.publicPort === 443 ? 80 : 8080
    const address = await edgeAddress(subject, name, signal)
    const answer =
      address === undefined
        ? undefined
        : await subject.askEdge({ address, port, name, path: '/', secure: false }, signal)
    const said =
      answer === undefined
        ? 'not asked'
        : 'failed' in answer
          ? answer.failed
          : `${answer.status} ${answer.headers.get('location') ?? ''}`.trim()
    const trail = [evidence(subject.now(), 'here', `GET http://${name}:${port}/`, said)]
    if (answer === undefined || 'failed' in answer)
      return [
        notKnown('edge/http-allowed', 'the edge could not be asked in clear text', {
          evidence: trail,
          hint: 'see what is broken before it on the way',
        }),
      ]
    const redirects =
      answer.status >= 301 &&
      answer.status <= 308 &&
      (answer.headers.get('location') ?? '').startsWith('https://')
    const refuses = answer.status === 403 || answer.status === 409
    return [
      redirects || refuses
        ? held('edge/http-allowed', 'who comes in clear text is sent to https', trail)
        : broken('edge/http-allowed', `the edge serves ${name} in clear text`, {
            evidence: trail,
            hint: 'run `gatehouse apply`',
          }),
    ]
  },
}
