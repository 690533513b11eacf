export type Page = {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly location?: string
}

export const json = (body: unknown, status = 200): Page => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
})

export const text = (body: string, status: number): Page => ({
  status,
  type: 'text/plain; charset=utf-8',
  body,
})
