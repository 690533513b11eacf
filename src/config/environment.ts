import { z } from 'zod'

import { describePath, type Complaint, type Path } from './complaint.ts'
import { configurationSchema } from './schema.ts'
import { suggest } from './suggest.ts'

export type Environment = Readonly<Record<string, string | undefined>>

type Leaf = {
  readonly path: readonly string[]
  readonly kind: 'text' | 'number' | 'boolean' | 'list'
}

/** Names that begin like settings and are not: read by `main`, or by the lab. */
const notSettings = new Set(['GATEHOUSE_CONFIG', 'GATEHOUSE_CACHE'])

/** What the Cloudflare ecosystem calls these two; the GATEHOUSE_ name wins where both are set. */
const ecosystemNames = {
  CLOUDFLARE_API_TOKEN: ['cloudflare', 'token'],
  CLOUDFLARE_BASE_URL: ['cloudflare', 'base_url'],
} as const

/** The settings that the environment makes, laid over those of the file. Neither argument is changed. */
export function overlayEnvironment(
  value: unknown,
  environment: Environment,
): {
  readonly value: unknown
  readonly complaints: readonly Complaint[]
  readonly from: ReadonlyMap<string, string>
} {
  const complaints: Complaint[] = []
  const from = new Map<string, string>()
  let merged = value
  const set = (name: string, path: Path, given: unknown) => {
    merged = withValue(merged, path, given)
    from.set(describePath(path), name)
  }
  for (const [name, path] of Object.entries(ecosystemNames)) {
    const given = environment[name]
    if (given !== undefined && given !== '') set(name, path, given)
  }
  for (const [name, given] of Object.entries(environment)) {
    if (!name.startsWith('GATEHOUSE_') || given === undefined || notSettings.has(name)) continue
    const leaf = leaves.get(name)
    if (leaf) set(name, leaf.path, convert(leaf, given))
    else complaints.push({ path: name, says: unknownName(name) })
  }
  return { value: merged, complaints, from }
}

function unknownName(name: string): string {
  const meant = suggest(name, [...leaves.keys()])
  return `is no setting${meant ? `; did you mean ${meant}?` : ''}`
}

function convert(leaf: Leaf, given: string): unknown {
  switch (leaf.kind) {
    case 'number':
      return /^\d+$/.test(given) ? Number(given) : given
    case 'boolean':
      return given === 'true' ? true : given === 'false' ? false : given
    case 'list':
      return given
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
    case 'text':
      return given
  }
}

function withValue(value: unknown, path: Path, given: unknown): unknown {
  const [head, ...rest] = path
  if (head === undefined) return given
  const here = isRecord(value) ? value : {}
  return { ...here, [head]: withValue(here[head], rest, given) }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const leaves: ReadonlyMap<string, Leaf> = new Map(
  leavesOf(configurationSchema, []).map((leaf) => [
    `GATEHOUSE_${leaf.path.join('_').toUpperCase()}`,
    leaf,
  ]),
)

function leavesOf(schema: z.core.$ZodType, path: readonly string[]): Leaf[] {
  const bare = unwrapped(schema)
  if (bare instanceof z.ZodObject) {
    return Object.entries(bare.shape).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
  }
  if (bare instanceof z.ZodArray) return [{ path, kind: 'list' }]
  if (bare instanceof z.ZodNumber) return [{ path, kind: 'number' }]
  if (bare instanceof z.ZodBoolean) return [{ path, kind: 'boolean' }]
  return [{ path, kind: 'text' }]
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
    ? unwrapped(schema.unwrap())
    : schema
}
