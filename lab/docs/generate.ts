import { readFile } from 'node:fs/promises'

import { configurationTable } from '../../src/config/reference.ts'
import { jsonSchema } from '../../src/config/schema.ts'
import { codes, type FindingCode } from '../../src/core/codes.ts'
import { describeDuration, milliseconds } from '../../src/core/duration.ts'
import { visibleAfter } from '../../src/core/visible-after.ts'

const root = new URL('../../', import.meta.url)

/** Each generated part of the docs: the file, and what it must contain. `write.ts` writes them, a test compares. */
export async function generatedDocs(): Promise<{ readonly file: URL; readonly content: string }[]> {
  const reference = new URL('docs/reference.md', root)
  const parts = { configuration: configurationTable(), codes: codesTable() }
  let text = await readFile(reference, 'utf8')
  for (const [name, content] of Object.entries(parts)) text = replaced(text, name, content)
  return [
    { file: reference, content: text },
    {
      file: new URL('docs/gatehouse.schema.json', root),
      content: `${JSON.stringify(jsonSchema(), null, 2)}\n`,
    },
  ]
}

function replaced(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- begin generated: ${name} -->`, `<!-- end generated: ${name} -->`]
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`docs/reference.md has no place for ${name}`)
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`
}

function codesTable(): string {
  const rows = Object.entries(codes).map(
    ([code, { link, severity, means }]) =>
      `| \`${code}\` | ${link} | ${severity} | ${lasting(code)} | ${means} |`,
  )
  return [
    '| code | link of the chain | severity | shows after | means |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

/** How long the keeper sees it before it shows. */
function lasting(code: string): string {
  const after = isCode(code) ? visibleAfter(code) : 0
  return after === 0 ? '' : describeDuration(milliseconds(after))
}

const isCode = (code: string): code is FindingCode => Object.hasOwn(codes, code)
