import { llhttpOfRequests, llhttpOfResponse } from './llhttp.ts'
import type { Meaning, Message } from './meaning.ts'
import { oursOfRequests, oursOfResponse } from './ours.ts'
import type { Random } from './random.ts'

/**
 * The law: whatever our reader takes, others take for the same. They may take more; that is what is never passed on.
 * Answers what is otherwise, or undefined.
 */
export function differs(ours: Meaning, theirs: Meaning): string | undefined {
  for (const [i, mine] of ours.messages.entries()) {
    const its = theirs.messages[i]
    if (!its) return `message ${i + 1} is none for them (${theirs.refused ?? 'they wait'})`
    for (const part of ['method', 'target', 'status'] as const)
      if (mine[part] !== its[part])
        return `${part} ${i + 1}: ${JSON.stringify(mine[part])} for us, ${JSON.stringify(its[part])} for them`
    const [fields, itsFields] = [mine.fields.join('\n'), its.fields.join('\n')]
    if (fields !== itsFields)
      return `fields ${i + 1}: ${JSON.stringify(fields)} for us, ${JSON.stringify(itsFields)} for them`
    const wrong = bodyDiffers(mine, its, ours.refused !== undefined)
    if (wrong !== undefined) return `body ${i + 1}: ${wrong}`
  }
  return undefined
}

function bodyDiffers(mine: Message, its: Message, isRefused: boolean): string | undefined {
  const both = `${JSON.stringify(mine.body)} for us, ${JSON.stringify(its.body)} for them`
  if (mine.whole) return its.whole && mine.body === its.body ? undefined : both
  // We refused it in its middle: what was passed on until then must be the beginning of what they read.
  if (isRefused)
    return mine.body.startsWith(its.body) || its.body.startsWith(mine.body) ? undefined : both
  return !its.whole && mine.body === its.body ? undefined : `unfinished, ${both}`
}

export type Verdict = {
  /** What is against the law; undefined for nothing. */
  readonly wrong: string | undefined
  /** How many messages our reader took. */
  readonly taken: number
  readonly refused: boolean
}

/** A stream of requests: whole, cut anywhere, and beside llhttp. */
export const judgeRequests = (stream: Buffer, random: Random): Verdict =>
  judge(stream, random, oursOfRequests, llhttpOfRequests)

export const judgeResponse = (method: string, stream: Buffer, random: Random): Verdict =>
  judge(
    stream,
    random,
    (pieces) => oursOfResponse(method, pieces),
    (whole) => llhttpOfResponse(method, whole),
  )

function judge(
  stream: Buffer,
  random: Random,
  ours: (pieces: readonly Buffer[]) => Meaning,
  theirs: (stream: Buffer) => Meaning,
): Verdict {
  const whole = ours([stream])
  const cut = ours(random.chance(0.05) ? everyByte(stream) : cutSomewhere(random, stream))
  const wrong =
    textOf(whole) === textOf(cut)
      ? differs(whole, theirs(stream))
      : `it depends on where it is cut: ${JSON.stringify(whole)} whole, ${JSON.stringify(cut)} cut`
  return { wrong, taken: whole.messages.length, refused: whole.refused !== undefined }
}

/** Why it is refused may depend on how much of it is known; that it is may not. */
export const textOf = ({ messages, refused }: Meaning): string =>
  JSON.stringify([messages, refused !== undefined])

export const everyByte = (stream: Buffer): Buffer[] =>
  Array.from(stream, (_, at) => stream.subarray(at, at + 1))

function cutSomewhere(random: Random, stream: Buffer): Buffer[] {
  const places = Array.from({ length: 1 + random.below(4) }, () => random.below(stream.length + 1))
  const ends = [...places.toSorted((a, b) => a - b), stream.length]
  return ends.map((end, i) => stream.subarray(ends[i - 1] ?? 0, end))
}
