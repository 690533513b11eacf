import type { Zone } from '../state.ts'
import { notFound, ok, refuse, type Reply } from './reply.ts'

/** `/zones/{z}/settings…`: one setting at a time; the bulk endpoints ended on 2026-09-15. */
export function settings(
  zone: Zone,
  id: string | undefined,
  method: string,
  body: Readonly<Record<string, unknown>>,
  now: Date,
): Reply {
  if (id === undefined) {
    return refuse(410, {
      code: 10404,
      message: 'This endpoint has reached its end of life. Use /settings/{setting_id}.',
    })
  }
  const setting = zone.settings.get(id)
  if (!setting) return refuse(404, { code: 1000, message: 'not_found' })
  if (method === 'PATCH') {
    if (!setting.editable)
      return refuse(403, { code: 1007, message: `Setting ${id} is not editable for this zone.` })
    if (body['value'] === undefined)
      return refuse(400, { code: 1007, message: 'Invalid value for zone setting ' + id })
    setting.value = body['value']
  } else if (method !== 'GET') return notFound(`settings/${id}`)
  return ok({
    id,
    value: setting.value,
    editable: setting.editable,
    modified_on: now.toISOString(),
  })
}
