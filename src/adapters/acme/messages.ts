import { z } from 'zod'

import { Problem } from '../../core/problem.ts'

/** What the CA may say (RFC 8555 section 7.1). More is ignored, wrong types are loud. */
export const directory = z.object({
  newNonce: z.url(),
  newAccount: z.url(),
  newOrder: z.url(),
  revokeCert: z.url().optional(),
  keyChange: z.url().optional(),
  renewalInfo: z.url().optional(),
  meta: z
    .object({
      termsOfService: z.string().optional(),
      caaIdentities: z.array(z.string()).optional(),
      externalAccountRequired: z.boolean().optional(),
      profiles: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
})
export type Directory = z.output<typeof directory>

export const order = z.object({
  status: z.enum(['pending', 'ready', 'processing', 'valid', 'invalid']),
  authorizations: z.array(z.url()),
  finalize: z.url(),
  certificate: z.url().optional(),
  error: z.unknown().optional(),
})
export type Order = z.output<typeof order>

export const authorization = z.object({
  status: z.enum(['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked']),
  identifier: z.object({ type: z.string(), value: z.string() }),
  // An unknown challenge type may look like anything.
  challenges: z.array(
    z.object({
      type: z.string(),
      url: z.string(),
      token: z.string().optional(),
      status: z.string().optional(),
      error: z.unknown().optional(),
    }),
  ),
})
export type Authorization = z.output<typeof authorization>

export const renewalInfo = z.object({
  suggestedWindow: z.object({
    start: z.iso.datetime({ offset: true }),
    end: z.iso.datetime({ offset: true }),
  }),
})

export function read<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Problem(
    'certificate/authority-unreadable',
    `the certificate authority's ${what} is not as RFC 8555 has it (at ${issue?.path.join('.') ?? 'the top'})`,
    {
      hint: 'check certificate.directory',
    },
  )
}
