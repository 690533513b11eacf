/** An answer in Cloudflare's envelope, before it is written. */
export type Reply = {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export type ApiError = {
  readonly code?: number
  readonly message: string
  readonly documentation_url?: string
  readonly error_chain?: readonly { readonly code: number; readonly message: string }[]
}

export const ok = (result: unknown, more: Record<string, unknown> = {}, status = 200): Reply => ({
  status,
  body: { result, success: true, errors: [], messages: [], ...more },
})

export const refuse = (status: number, ...errors: ApiError[]): Reply => ({
  status,
  body: { result: null, success: false, errors, messages: [] },
})

export const page = (
  all: readonly unknown[],
  query: URLSearchParams,
  perPageDefault = 20,
): Reply => {
  const perPage = Math.min(5000, Math.max(1, Number(query.get('per_page') ?? perPageDefault)))
  const number = Math.max(1, Number(query.get('page') ?? 1))
  const items = all.slice((number - 1) * perPage, number * perPage)
  return ok(items, {
    result_info: {
      page: number,
      per_page: perPage,
      count: items.length,
      total_count: all.length,
      total_pages: Math.ceil(all.length / perPage),
    },
  })
}

export const notFound = (path: string): Reply =>
  refuse(404, {
    code: 7003,
    message: `Could not route to ${path}, perhaps your object identifier is invalid?`,
    error_chain: [{ code: 7000, message: 'No route for that URI' }],
  })
