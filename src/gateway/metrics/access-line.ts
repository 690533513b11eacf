/** One request as the access log has it. No query, no token, no cookie: who reads the log could use them. */
export type AccessLine = {
  readonly at: Date
  readonly visitor: string
  /** Who brought it: the edge's address, or the visitor's own at home. */
  readonly peer: string
  readonly host: string
  readonly method: string
  readonly path: string
  readonly status: number
  readonly ms: number
  /** Of the answer, with its head. */
  readonly bytes: number
  readonly webSocket: boolean
}

/** Whoever knows what stands behind these may act in somebody's name (Home Assistant: webhook, ingress, sign-in). */
const secretAfter =
  /^(\/api\/webhook|\/api\/hassio_ingress|\/auth\/login_flow|\/api\/tts_proxy)\/.+$/

/** Long and made of digits and letters without a word: an identifier that nobody could guess. */
const unguessable = /^(?=.*\d)[\w-]{20,}$/

/** The path of a target without what must not be written down. */
export function plainPath(target: string): string {
  const [path = ''] = target.split('?', 1)
  const known = secretAfter.exec(path)
  if (known) return `${known[1]}/…`
  return path
    .split('/')
    .map((segment) => (unguessable.test(segment) ? '…' : segment))
    .join('/')
}
