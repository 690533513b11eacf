import { withinAny } from '../../core/address.ts'
import { broken, held, notKnown, type Evidence, type Proof } from '../../core/proof.ts'
import { evidence, type Check, type NameAnswer, type Subject } from '../types.ts'

/** The name resolves, from several resolvers and the zone's own servers, to the edge and to nothing else. */
export const nameLeadsToEdge: Check = {
  name: 'the name leads to the edge',
  codes: ['dns/missing', 'dns/answers-home-address'],
  async run(subject, signal) {
    return (await Promise.all(subject.names.map((name) => proveName(name, subject, signal)))).flat()
  },
}

async function proveName(name: string, subject: Subject, signal: AbortSignal): Promise<Proof[]> {
  const asked = await Promise.all(
    (['A', 'AAAA'] as const).flatMap((type) => [
      subject.resolve(name, type, signal).then((said) => said.map((each) => ({ type, ...each }))),
      subject
        .askAuthorities(name, type, signal)
        .then((said) => said.map((each) => ({ type, ...each }))),
    ]),
  )
  const answers = asked.flat()
  const trail = answers.map((answer) => trailOf(name, answer, subject))
  const addresses = answers.flatMap((answer) => ('values' in answer ? answer.values : []))
  const outside = addresses.filter((address) => !withinAny(address, subject.edgeRanges))
  const authoritative = answers.some((answer) => answer.authoritative && 'values' in answer)
  if (outside.length > 0) {
    const shown = [...new Set(outside.map(({ text }) => text))].join(', ')
    return [
      broken(
        'dns/answers-home-address',
        `${name} is answered with ${shown}, which is not the edge`,
        {
          evidence: trail,
          hint: 'run `gatehouse plan`: a record is not proxied, or the zone is paused',
        },
      ),
    ]
  }
  if (addresses.length === 0) {
    const silent = answers.every((answer) => 'failed' in answer)
    return silent
      ? [
          notKnown('dns/missing', `no name server answered for ${name}`, {
            evidence: trail,
            hint: 'check the internet connection and dns.resolvers',
          }),
        ]
      : [
          broken('dns/missing', `${name} does not resolve`, {
            evidence: trail,
            hint: 'run `gatehouse apply`',
          }),
        ]
  }
  return [
    held('dns/missing', `${name} resolves`, trail),
    authoritative
      ? held(
          'dns/answers-home-address',
          `every name server answers ${name} with the edge only`,
          trail,
        )
      : notKnown(
          'dns/answers-home-address',
          `the resolvers answer ${name} with the edge only, but the zone's own servers could not be asked`,
          { evidence: trail, hint: 'this network intercepts DNS: set dns.nameservers' },
        ),
  ]
}

function trailOf(
  name: string,
  answer: NameAnswer & { readonly type: string },
  { now }: Subject,
): Evidence {
  const said =
    'failed' in answer
      ? answer.failed
      : answer.values.length === 0
        ? 'none'
        : answer.values.map(({ text }) => text).join(', ')
  return evidence(
    now(),
    'here',
    `${answer.type} ${name} at ${answer.server}${answer.authoritative ? ' (authority)' : ''}`,
    said,
  )
}
