import { broken, held, notKnown, type Proof } from '../../core/proof.ts'
import { edgeAddress } from '../edge-address.ts'
import { evidence, type Check, type Subject } from '../types.ts'

/** Home Assistant knows a visitor from outside as one, and offers nobody a way in without a password. */
export const visitorIsSeen: Check = {
  name: 'Home Assistant sees the visitor',
  codes: [
    'home-assistant/wrong-client-address',
    'home-assistant/trusted-networks-outside',
    'home-assistant/not-onboarded',
  ],
  run: async (subject, signal) =>
    (await Promise.all(subject.homeNames.map((name) => prove(name, subject, signal)))).flat(),
}

async function prove(name: string, subject: Subject, signal: AbortSignal): Promise<Proof[]> {
  const address = await edgeAddress(subject, name, signal)
  // The list of providers makes no login notice, and says whether Home Assistant takes us for local.
  const answer =
    address === undefined
      ? undefined
      : await subject.askEdge(
          { address, port: subject.publicPort, name, path: '/auth/providers', secure: true },
          signal,
        )
  const trail = [
    evidence(
      subject.now(),
      'here',
      `GET https://${name}:${subject.publicPort}/auth/providers`,
      answer === undefined
        ? 'not asked'
        : 'failed' in answer
          ? answer.failed
          : String(answer.status),
    ),
  ]
  if (
    answer === undefined ||
    'failed' in answer ||
    (answer.status !== 200 && !answer.text.includes('onboarding_required'))
  ) {
    return visitorIsSeen.codes.map((code) =>
      notKnown(code, `the sign-in page of ${name} could not be looked at`, {
        evidence: trail,
        hint: 'see what is broken before it on the way',
      }),
    )
  }
  if (answer.text.includes('onboarding_required')) {
    return [
      broken(
        'home-assistant/not-onboarded',
        'Home Assistant has no owner, and whoever comes first becomes it',
        { evidence: trail, hint: 'create the owner now, at home' },
      ),
    ]
  }
  const takesUsForLocal = /"preselect_remember_me":\s*true/.test(answer.text)
  return [
    held('home-assistant/not-onboarded', 'Home Assistant has an owner', trail),
    /"type":\s*"trusted_networks"/.test(answer.text)
      ? broken(
          'home-assistant/trusted-networks-outside',
          'sign-in without a password is offered from outside',
          {
            evidence: trail,
            hint: 'Home Assistant takes visitors for its own network: see trusted proxies, and trusted_networks in its configuration',
          },
        )
      : held(
          'home-assistant/trusted-networks-outside',
          'nobody from outside is offered sign-in without a password',
          trail,
        ),
    takesUsForLocal
      ? broken(
          'home-assistant/wrong-client-address',
          'Home Assistant takes a visitor from outside for one at home',
          {
            evidence: trail,
            hint: 'the address of the visitor does not arrive: another proxy stands between, or the trusted proxies are too wide',
          },
        )
      : held(
          'home-assistant/wrong-client-address',
          'Home Assistant sees the address of the visitor',
          trail,
        ),
  ]
}
