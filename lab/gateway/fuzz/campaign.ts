import { judgeRequests, judgeResponse, type Verdict } from './law.ts'
import { requestStream, responseStream } from './messages.ts'
import { seeded } from './random.ts'

export type Campaign = {
  readonly cases: number
  /** Messages that our reader took, of all that were sent. */
  readonly taken: number
  readonly refusedStreams: number
  readonly wrong: readonly Wrong[]
}

/** `npm run fuzz -- gateway --seed SEED --case NUMBER` shows it again. */
export type Wrong = { readonly number: number; readonly stream: string; readonly says: string }

/** Gives up after so many: the first ones are what there is to look at. */
const enough = 10

export function runCampaign(
  seed: number,
  cases: number,
  progress: (done: number) => void = () => undefined,
): Campaign {
  const wrong: Wrong[] = []
  let taken = 0
  let refusedStreams = 0
  let number = 0
  for (; number < cases && wrong.length < enough; number++) {
    const { stream, verdict } = oneCase(seed, number)
    taken += verdict.taken
    if (verdict.refused) refusedStreams++
    if (verdict.wrong !== undefined) wrong.push({ number, stream, says: verdict.wrong })
    if (number % 10_000 === 0) progress(number)
  }
  return { cases: number, taken, refusedStreams, wrong }
}

/** Every case has a seed of its own, so that one can be looked at without those before it. */
export function oneCase(
  seed: number,
  number: number,
): { readonly stream: string; readonly verdict: Verdict } {
  const random = seeded(seed * 1_000_003 + number)
  const oddness = random.oneOf([0, 0.2, 0.5, 1])
  if (random.chance(0.7)) {
    const stream = requestStream(random, oddness)
    return { stream, verdict: judgeRequests(Buffer.from(stream, 'latin1'), random) }
  }
  const method = random.oneOf(['GET', 'HEAD', 'POST'])
  const stream = responseStream(random, oddness)
  return { stream, verdict: judgeResponse(method, Buffer.from(stream, 'latin1'), random) }
}
