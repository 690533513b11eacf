export type Reply = {
  readonly status: number
  readonly type: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export const json = (
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Reply => ({ status, type: 'application/json', headers, body: JSON.stringify(body) })

export const empty = (status: number, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  type: 'text/plain',
  headers,
  body: '',
})

/** A no of the authority, as a problem document (RFC 8555 section 6.7). */
export class Refusal extends Error {
  readonly status: number
  readonly type: string
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    type: string,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail)
    this.status = status
    this.type = type
    this.headers = headers
  }

  document(): { readonly type: string; readonly detail: string; readonly status: number } {
    const type = `urn:ietf:params:acme:error:${this.type}`
    return { type, detail: this.message, status: this.status }
  }

  reply(): Reply {
    return {
      status: this.status,
      type: 'application/problem+json',
      headers: this.headers,
      body: JSON.stringify(this.document()),
    }
  }
}

/** Whatever cannot be read is malformed. */
export const refusalOf = (error: unknown): Refusal =>
  error instanceof Refusal ? error : new Refusal(400, 'malformed', String(error))
