import { z } from 'zod'

import type { CloudflareClient } from './client.ts'
import { CloudflareRefusal } from './refusal.ts'

const certificate = z.object({
  id: z.string(),
  status: z.string().catch(''),
  certificate: z.string().catch(''),
  expires_on: z.string().catch(''),
})

const association = z.object({
  hostname: z.string(),
  cert_id: z.string().nullish(),
  enabled: z.boolean().nullish(),
  status: z.string().nullish(),
})

export type PullsCertificate = {
  readonly id: string
  readonly active: boolean
  readonly certificatePem: string
}
export type Association = {
  readonly certificateId: string | undefined
  readonly enabled: boolean
  readonly active: boolean
}

/** Authenticated Origin Pulls per host name, with certificates of our own. */
export const originPulls = (client: CloudflareClient, zoneId: string) => {
  const base = `/zones/${zoneId}/origin_tls_client_auth/hostnames`
  return {
    async certificates(signal: AbortSignal): Promise<PullsCertificate[]> {
      const found = await client.list({ path: `${base}/certificates`, schema: certificate }, signal)
      return found.map(({ id, status, certificate: pem }) => ({
        id,
        active: status === 'active',
        certificatePem: pem,
      }))
    },
    /** Takes a leaf; an authority is refused. */
    async upload(certificatePem: string, keyPem: string, signal: AbortSignal): Promise<void> {
      await client.call(
        {
          method: 'POST',
          path: `${base}/certificates`,
          body: { certificate: certificatePem, private_key: keyPem },
          schema: certificate,
        },
        signal,
      )
    },
    async remove(id: string, signal: AbortSignal): Promise<void> {
      await client.call(
        { method: 'DELETE', path: `${base}/certificates/${id}`, schema: z.unknown().optional() },
        signal,
      )
    },
    async association(host: string, signal: AbortSignal): Promise<Association | undefined> {
      try {
        const found = await client.call(
          { method: 'GET', path: `${base}/${host}`, schema: association },
          signal,
        )
        return {
          certificateId: found.cert_id ?? undefined,
          enabled: found.enabled === true,
          active: found.status === 'active',
        }
      } catch (error) {
        if (error instanceof CloudflareRefusal && error.status === 404) return undefined
        throw error
      }
    },
    /** `enabled: undefined` takes the association away. */
    async associate(
      host: string,
      certificateId: string,
      enabled: boolean | undefined,
      signal: AbortSignal,
    ): Promise<void> {
      const config = [{ hostname: host, cert_id: certificateId, enabled: enabled ?? null }]
      await client.call(
        { method: 'PUT', path: base, body: { config }, schema: z.unknown() },
        signal,
      )
    },
  }
}
