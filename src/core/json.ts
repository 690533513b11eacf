/** What a text from outside says as JSON; `undefined` where it is none, which no schema takes for an answer. */
export function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
