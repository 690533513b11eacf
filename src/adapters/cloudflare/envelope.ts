import { z } from 'zod'

/** Cloudflare's envelope, read with every freedom the API is known to take. */
const apiError = z.object({
  // Errors of the Rulesets family have no code.
  code: z.number().optional(),
  message: z.string().catch(''),
  documentation_url: z.string().optional(),
  error_chain: z.array(z.object({ code: z.number(), message: z.string().catch('') })).optional(),
})

export type ApiError = z.output<typeof apiError>

const envelope = z.object({
  success: z.boolean(),
  result: z.unknown().optional(),
  errors: z.array(apiError).nullish(),
  result_info: z
    .object({
      page: z.number().optional(),
      total_pages: z.number().optional(),
      total_count: z.number().optional(),
    })
    .nullish(),
})

export type Envelope = {
  readonly success: boolean
  readonly result: unknown
  readonly errors: readonly ApiError[]
  /** How many pages there are; `undefined` when the answer does not say. */
  readonly totalPages: number | undefined
}

/** The envelope, or `undefined` where the text is none (HTML, cut, empty, something else). */
export function readEnvelope(text: string): Envelope | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  const parsed = envelope.safeParse(json)
  if (!parsed.success) return undefined
  const { success, result, errors, result_info: info } = parsed.data
  return { success, result, errors: errors ?? [], totalPages: info?.total_pages }
}

/** All codes of the errors and their chains. */
export const codesOf = (errors: readonly ApiError[]): number[] =>
  errors.flatMap(({ code, error_chain: chain }) => [
    ...(code === undefined ? [] : [code]),
    ...(chain ?? []).map((link) => link.code),
  ])

/** What the API said, in one line: `DNS Validation Error: Content for A record must be …`. */
export const describeErrors = (errors: readonly ApiError[]): string =>
  errors
    .map(({ code, message, error_chain: chain }) => {
      const text = [message, ...(chain ?? []).map((link) => link.message)]
        .filter((part) => part !== '')
        .join(': ')
      return code === undefined ? text : `${text} (${code})`
    })
    .join('; ')
