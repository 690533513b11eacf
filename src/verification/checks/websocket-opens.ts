import { broken, held, notKnown, type Proof } from '../../core/proof.ts'
import { edgeAddress } from '../edge-address.ts'
import { evidence, type Check, type Subject } from '../types.ts'

/** The WebSocket opens through the edge, and Home Assistant speaks first in it. The app lives on it. */
export const webSocketOpens: Check = {
  name: 'the WebSocket opens',
  codes: ['home-assistant/websocket'],
  run: async (subject, signal) =>
    (await Promise.all(subject.homeNames.map((name) => prove(name, subject, signal)))).flat(),
}

async function prove(name: string, subject: Subject, signal: AbortSignal): Promise<Proof[]> {
  const address = await edgeAddress(subject, name, signal)
  if (address === undefined)
    return [
      notKnown('home-assistant/websocket', `no address of the edge is known for ${name}`, {
        hint: 'see the proofs about the name first',
      }),
    ]
  const said = await subject.openWebSocket(
    { address, port: subject.publicPort, name, path: '/api/websocket', secure: true },
    signal,
  )
  const answered = 'failed' in said ? said.failed : `first frame after ${said.ms} ms`
  const trail = [
    evidence(
      subject.now(),
      'here',
      `WebSocket wss://${name}:${subject.publicPort}/api/websocket at ${address}`,
      answered,
    ),
  ]
  if (!('failed' in said) && said.frame.includes('auth_required'))
    return [
      held('home-assistant/websocket', `the WebSocket of ${name} opens through the edge`, trail),
    ]
  if ('failed' in said && (said.status === 403 || said.status === 429))
    return [
      notKnown(
        'home-assistant/websocket',
        `the WebSocket of ${name} could not be tried: this machine is refused (${answered})`,
        { evidence: trail, hint: 'run `gatehouse verify` from a country that is let in' },
      ),
    ]
  return [
    broken(
      'home-assistant/websocket',
      `the WebSocket of ${name} does not open through the edge (${answered})`,
      { evidence: trail, hint: 'turn WebSockets on for the zone (Network in the dashboard)' },
    ),
  ]
}
