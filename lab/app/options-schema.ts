import { z } from 'zod'

/** The notation of an option in `schema:` (home-assistant/supervisor, supervisor/apps/options.py, RE_SCHEMA_ELEMENT, 2026). */
const element =
  /^(?:|bool|email|url|port|device(?:\(subsystem=[a-z]+\))?|str(?:\(\d*,\d*\))?|password(?:\(\d*,\d*\))?|int(?:\(-?\d*,-?\d*\))?|float(?:\(-?\d*\.?\d*,-?\d*\.?\d*\))?|match\((?<match>.*)\)|list\((?<list>.+)\))\??$/

/** One option: a notation, a list of one, or a group. */
export type Schema = { readonly [key: string]: string | readonly string[] | Schema }

export const optionSchema: z.ZodType<Schema> = z.record(
  z.string(),
  z.union([
    z.string().regex(element),
    z.array(z.string().regex(element)).length(1),
    z.lazy(() => optionSchema),
  ]),
)

/** `cloudflare.token`, with its notation: a list has that of its items. */
export const leavesOf = (schema: Schema, path = ''): readonly (readonly [string, string])[] =>
  Object.entries(schema).flatMap(([key, value]) => {
    const here = path === '' ? key : `${path}.${key}`
    if (typeof value === 'string') return [[here, value] as const]
    return isList(value) ? [[here, value[0] ?? ''] as const] : leavesOf(value, here)
  })

const isList = (value: readonly string[] | Schema): value is readonly string[] =>
  Array.isArray(value)

/** Why the Supervisor would not start an app with these options; `undefined`: it would. */
export function whyNotValid(schema: Schema, options: unknown, path = ''): string | undefined {
  const group = z.record(z.string(), z.unknown()).safeParse(options)
  if (!group.success) return `${path}: not a group`
  for (const [key, wanted] of Object.entries(schema)) {
    const here = path === '' ? key : `${path}.${key}`
    const given = group.data[key]
    const because = key in group.data ? whyNot(wanted, given, here) : whyMissing(wanted, here)
    if (because !== undefined) return because
  }
  return undefined
}

function whyMissing(wanted: Schema[string], here: string): string | undefined {
  const notation = typeof wanted === 'string' ? wanted : isList(wanted) ? wanted[0] : undefined
  return notation?.endsWith('?') === true ? undefined : `${here}: missing`
}

function whyNot(wanted: Schema[string], given: unknown, here: string): string | undefined {
  if (typeof wanted === 'string') return whyNotOne(wanted, given, here)
  if (!isList(wanted)) return whyNotValid(wanted, given, here)
  if (!Array.isArray(given)) return `${here}: not a list`
  return given
    .map((each) => whyNotOne(wanted[0] ?? '', each, here))
    .find((each) => each !== undefined)
}

function whyNotOne(notation: string, given: unknown, here: string): string | undefined {
  if (given === null || given === undefined) return `${here}: missing`
  const { match, list } = element.exec(notation)?.groups ?? {}
  const text = String(given)
  if (match !== undefined && !new RegExp(match).test(text)) return `${here}: does not match`
  if (list !== undefined && !list.split('|').includes(text)) return `${here}: not one of ${list}`
  if (notation.startsWith('bool') && typeof given !== 'boolean') return `${here}: not true or false`
  if (notation.startsWith('port') && !(Number(given) >= 1 && Number(given) <= 65_535))
    return `${here}: not a port`
  return undefined
}
