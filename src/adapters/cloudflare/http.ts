import { Problem, reasonOf } from '../../core/problem.ts'

/** What came back, whole, or why nothing whole did. */
export type Exchange = {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

/** The largest page of records with long texts is far below; whatever is larger is not the API. */
const maxBytes = 8_000_000

/**
 * One request with a deadline that covers the body too, and a bounded body.
 *
 * Throws Problem `cloudflare/no-answer` when nothing whole came back; for a request that changes
 * something that means: it may or may not have happened.
 */
export async function exchange(
  url: string,
  init: RequestInit,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Exchange> {
  const deadline = AbortSignal.timeout(deadlineMs)
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.any([signal, deadline]),
    })
    return { status: response.status, text: await boundedText(response), headers: response.headers }
  } catch (cause) {
    signal.throwIfAborted()
    const why = deadline.aborted
      ? `nothing within ${Math.round(deadlineMs / 1000)} s`
      : networkReason(cause)
    throw new Problem('cloudflare/no-answer', `Cloudflare's API did not answer (${why})`, {
      hint: 'check that this machine reaches the internet; the command can be run again at any time',
    })
  }
}

async function boundedText(response: Response): Promise<string> {
  const declared = Number(response.headers.get('content-length') ?? 0)
  if (declared > maxBytes) throw new Error(`an answer of ${declared} bytes`)
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new Error('an answer without an end')
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** `fetch` hides what happened in the cause of its "fetch failed". */
const networkReason = (error: unknown): string =>
  reasonOf(error instanceof Error && error.cause !== undefined ? error.cause : error)
