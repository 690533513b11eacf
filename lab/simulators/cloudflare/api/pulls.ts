import { X509Certificate } from 'node:crypto'

import { newId, type PullsCertificate, type Zone } from '../state.ts'
import { notFound, ok, refuse, type Reply } from './reply.ts'

type Body = Readonly<Record<string, unknown>>

/** How long a certificate or an association is on its way to every place of the edge. */
export type Pace = { deployMs: number }

/** `/zones/{z}/origin_tls_client_auth/hostnames…` */
export function pulls(
  zone: Zone,
  rest: readonly string[],
  method: string,
  body: Body,
  pace: Pace,
  now: Date,
): Reply {
  if (rest[0] !== 'hostnames')
    return rest[0] === 'settings' || rest.length === 0
      ? ok(rest.length === 0 ? [] : { enabled: zone.pulls.zoneEnabled })
      : notFound(rest.join('/'))
  if (rest[1] === 'certificates') return certificates(zone, rest[2], method, body, pace, now)
  if (rest[1] === undefined && method === 'PUT') return associate(zone, body, pace, now)
  const host = rest[1] ?? ''
  const found = zone.pulls.associations.get(host)
  if (!found) return refuse(404, { code: 1439, message: 'no association for this hostname' })
  return ok(association(zone, host, pace, now))
}

function certificates(
  zone: Zone,
  id: string | undefined,
  method: string,
  body: Body,
  pace: Pace,
  now: Date,
): Reply {
  const all = zone.pulls.certificates
  if (id === undefined && method === 'GET') return ok(all.map((each) => shown(each, pace, now)))
  if (id === undefined && method === 'POST') {
    if (all.length >= 10)
      return refuse(400, { code: 1435, message: 'certificate quota reached for this zone' })
    const leaf = leafOf(String(body['certificate'] ?? ''))
    if (!leaf) return refuse(400, { code: 1412, message: 'missing leaf certificate' })
    if (all.some(({ serial }) => serial === leaf.serialNumber))
      return refuse(400, { code: 1406, message: 'certificate already uploaded' })
    const uploaded: PullsCertificate = {
      id: newId(),
      certificate: String(body['certificate']),
      privateKey: String(body['private_key'] ?? ''),
      expiresOn: leaf.validToDate.toISOString(),
      serial: leaf.serialNumber,
      uploadedAt: now.getTime(),
    }
    all.push(uploaded)
    return ok(shown(uploaded, pace, now), {}, 201)
  }
  const found = all.find((each) => each.id === id)
  if (!found) return refuse(404, { code: 1438, message: 'certificate not found' })
  if (method === 'DELETE') {
    if (
      [...zone.pulls.associations.values()].some(
        (a) => a.certificateId === id && a.enabled !== null,
      )
    ) {
      return refuse(400, { code: 1437, message: 'certificate is associated with a hostname' })
    }
    zone.pulls.certificates = all.filter((each) => each !== found)
  }
  return ok(shown(found, pace, now))
}

function leafOf(pem: string): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(pem)
    return certificate.ca ? undefined : certificate
  } catch {
    return undefined
  }
}

function associate(zone: Zone, body: Body, pace: Pace, now: Date): Reply {
  const config = Array.isArray(body['config']) ? (body['config'] as Body[]) : []
  for (const item of config) {
    const host = String(item['hostname'])
    const enabled = item['enabled'] as boolean | null
    if (enabled === null) {
      zone.pulls.associations.delete(host)
      continue
    }
    const certificateId = String(item['cert_id'])
    if (!zone.pulls.certificates.some(({ id }) => id === certificateId)) {
      return refuse(400, { code: 1438, message: 'certificate not found' })
    }
    zone.pulls.associations.set(host, { certificateId, enabled, since: now.getTime() })
  }
  return ok(config.map((item) => association(zone, String(item['hostname']), pace, now)))
}

const deployed = (since: number, { deployMs }: Pace, now: Date): boolean =>
  now.getTime() - since >= deployMs

function association(zone: Zone, host: string, pace: Pace, now: Date): unknown {
  const found = zone.pulls.associations.get(host)
  const certificate = zone.pulls.certificates.find(({ id }) => id === found?.certificateId)
  return {
    hostname: host,
    cert_id: found?.certificateId ?? null,
    enabled: found?.enabled ?? null,
    status: found && deployed(found.since, pace, now) ? 'active' : 'pending_deployment',
    cert_status:
      certificate && deployed(certificate.uploadedAt, pace, now) ? 'active' : 'initializing',
    certificate: certificate?.certificate,
    serial_number: certificate?.serial,
    expires_on: certificate?.expiresOn,
  }
}

const shown = (each: PullsCertificate, pace: Pace, now: Date) => ({
  id: each.id,
  certificate: each.certificate,
  expires_on: each.expiresOn,
  serial_number: each.serial,
  issuer: 'CN=lab',
  signature: 'ECDSA-SHA256',
  status: deployed(each.uploadedAt, pace, now) ? 'active' : 'initializing',
  uploaded_on: new Date(each.uploadedAt).toISOString(),
})
