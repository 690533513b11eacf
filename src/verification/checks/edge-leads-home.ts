import { broken, held, notKnown, type Evidence, type Proof } from '../../core/proof.ts'
import { edgeAddress } from '../edge-address.ts'
import { describeEdgeError, isRefusal } from '../edge-error.ts'
import { evidence, type Check, type EdgeAnswer, type EdgeFailure, type Subject } from '../types.ts'

/** The site loads through the edge with a publicly valid certificate that is not the origin's, and is Home Assistant. */
export const edgeLeadsHome: Check = {
  name: 'the site loads through the edge',
  codes: [
    'edge/unreachable',
    'edge/certificate',
    'origin/not-reached',
    'certificate/untrusted',
    'home-assistant/rejects-proxy',
    'home-assistant/not-reached',
  ],
  async run(subject, signal) {
    const ofEach = subject.names.map(async (name) => {
      const proofs = await proveName(name, subject, signal)
      const all = [...proofs, ...unseen(name, proofs)]
      return subject.homeNames.includes(name)
        ? all
        : all.filter(({ code }) => !code.startsWith('home-assistant/'))
    })
    return (await Promise.all(ofEach)).flat()
  },
}

/** What lies behind a broken link could not be looked at. */
function unseen(name: string, proofs: readonly Proof[]): Proof[] {
  const seen = new Set(proofs.map(({ code }) => code))
  const evidenceOf = proofs.flatMap(({ evidence: trail }) => trail).slice(0, 1)
  return edgeLeadsHome.codes
    .filter((code) => !seen.has(code))
    .map((code) =>
      notKnown(code, `what lies behind could not be seen through the edge for ${name}`, {
        evidence: evidenceOf,
        hint: 'see what is broken before it on the way',
      }),
    )
}

async function proveName(name: string, subject: Subject, signal: AbortSignal): Promise<Proof[]> {
  const address = await edgeAddress(subject, name, signal)
  if (address === undefined) {
    return [
      broken('edge/unreachable', `no address of the edge is known for ${name}`, {
        evidence: [evidence(subject.now(), 'here', `A and AAAA ${name}`, 'no address of the edge')],
        hint: 'see the proofs about the name first',
      }),
    ]
  }
  const request = {
    address,
    port: subject.publicPort,
    name,
    path: '/manifest.json',
    secure: true,
    headers: { accept: 'application/json' },
  }
  const answer = await subject.askEdge(request, signal)
  const trail = [
    evidence(
      subject.now(),
      'here',
      `GET https://${name}:${subject.publicPort}/manifest.json at ${address}`,
      describe(answer),
    ),
  ]
  return 'failed' in answer ? failure(name, answer, trail) : success(name, answer, subject, trail)
}

const describe = (answer: EdgeAnswer | EdgeFailure): string =>
  'failed' in answer
    ? answer.failed
    : `${answer.status} after ${answer.ms} ms over ${answer.protocol ?? 'TLS'}, certificate from ${answer.certificate?.issuer ?? 'nobody'}`

function failure(name: string, answer: EdgeFailure, trail: readonly Evidence[]): Proof[] {
  return answer.certificateProblem
    ? [
        broken(
          'edge/certificate',
          `the edge has no publicly valid certificate for ${name} (${answer.failed})`,
          {
            evidence: trail,
            hint: 'look at SSL/TLS, Edge Certificates in the dashboard; a new zone needs some minutes, and names two labels deep have none',
          },
        ),
      ]
    : [
        broken(
          'edge/unreachable',
          `${name} cannot be reached through the edge (${answer.failed})`,
          { evidence: trail, hint: "check this machine's own way to the internet first" },
        ),
      ]
}

function success(
  name: string,
  answer: EdgeAnswer,
  subject: Subject,
  trail: readonly Evidence[],
): Proof[] {
  const isOrigins =
    answer.certificate !== undefined && answer.certificate.fingerprint === subject.storedFingerprint
  const edgeProofs = [
    held('edge/unreachable', `${name} answers through the edge`, trail),
    isOrigins
      ? broken(
          'edge/certificate',
          `what answers for ${name} shows the certificate of the origin: this is not the edge`,
          { evidence: trail, hint: 'the name leads to the home itself, from here at least' },
        )
      : held(
          'edge/certificate',
          `the edge shows a publicly valid certificate for ${name}, and not the origin's`,
          trail,
        ),
  ]
  if (isRefusal(answer)) {
    return [
      ...edgeProofs,
      notKnown(
        'home-assistant/not-reached',
        `a rule at the edge refuses this machine (${answer.edgeError ?? answer.status}), so what lies behind could not be seen`,
        { evidence: trail, hint: 'run `gatehouse verify` from a country that is let in' },
      ),
    ]
  }
  const error = describeEdgeError(answer)
  if (error)
    return [
      ...edgeProofs,
      broken(error.code, `${name}: ${error.says}`, { evidence: trail, hint: error.hint }),
    ]
  const reached = [
    held('origin/not-reached', 'the edge reaches the home', trail),
    held('certificate/untrusted', 'the edge accepts the certificate of the origin', trail),
  ]
  if (answer.status === 400) {
    return [
      ...edgeProofs,
      ...reached,
      broken(
        'home-assistant/rejects-proxy',
        'Home Assistant answers 400 to what comes through the proxy',
        {
          evidence: trail,
          hint: 'run `gatehouse apply`: the trusted proxy is missing in Home Assistant',
        },
      ),
    ]
  }
  if (answer.status === 403 || answer.status === 429) {
    return [
      ...edgeProofs,
      ...reached,
      notKnown('home-assistant/not-reached', `${name} refuses this machine (${answer.status})`, {
        evidence: trail,
        hint: 'Home Assistant may have banned its address: look at ip_bans.yaml',
      }),
    ]
  }
  const isHomeAssistant = answer.status === 200 && answer.text.includes('Home Assistant')
  return [
    ...edgeProofs,
    ...reached,
    ...(isHomeAssistant
      ? [
          held(
            'home-assistant/rejects-proxy',
            'Home Assistant accepts what comes through the proxy',
            trail,
          ),
          held('home-assistant/not-reached', 'what answers is Home Assistant', trail),
        ]
      : [
          broken(
            'home-assistant/not-reached',
            `what answers at ${name} is not Home Assistant (status ${answer.status})`,
            {
              evidence: trail,
              hint: 'check that Home Assistant runs and that home_assistant.url is right',
            },
          ),
        ]),
  ]
}
