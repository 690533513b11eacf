import { z } from 'zod'

import { jsonSchema } from './schema.ts'

const described = z.object({
  description: z.string().optional(),
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  default: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
})

/** The table of every key for `docs/reference.md`, made from the same schema that checks the file. */
export function configurationTable(): string {
  const rows = rowsOf(jsonSchema(), '')
  return ['| key | value | without it | means |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

function rowsOf(schema: unknown, path: string): string[] {
  const node = described.parse(schema)
  if (node.properties) {
    const group = path === '' ? [] : [`| **\`${path}\`** | | | ${node.description ?? ''} |`]
    return [
      ...group,
      ...Object.entries(node.properties).flatMap(([key, inner]) =>
        rowsOf(inner, path === '' ? key : `${path}.${key}`),
      ),
    ]
  }
  const value = node.enum
    ? node.enum.map((each) => `\`${each}\``).join(', ')
    : (words[node.type ?? ''] ?? '')
  const fallback = node.default === undefined ? '' : `\`${textOf(node.default)}\``
  return [`| \`${path}\` | ${value} | ${fallback} | ${node.description ?? ''} |`]
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'number',
  boolean: 'true or false',
  array: 'list',
}

const textOf = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.join(', ')}]`
    : typeof value === 'string'
      ? value
      : JSON.stringify(value)
