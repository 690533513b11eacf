import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'

import { checkout } from '../../toolbox/cache.ts'
import { cases } from './cases.ts'
import { figuresTable, type Report } from './figures-table.ts'

// npm run --silent bench -- gateway --json | node lab/bench/gateway/write.ts
// Puts the figures of a run into docs/design/gateway.md. Of a quick run it takes none: they are not fit to be quoted.

const report = (await json(process.stdin)) as Report
const file = join(checkout, 'docs/design/gateway.md')
const text = await readFile(file, 'utf8')
const place = /(<!-- figures: .* -->\n)[\s\S]*?(<!-- end of figures -->)/u
if (report.name !== 'gateway' || report.quick || !place.test(text)) {
  console.error('this is no whole run of the gateway benchmark, or the page has no place for it')
  process.exit(1)
}
await writeFile(
  file,
  text.replace(
    place,
    (_, begin: string, end: string) => `${begin}\n${figuresTable(report, cases)}\n${end}`,
  ),
)
