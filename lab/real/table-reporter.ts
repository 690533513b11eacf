import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

// A reporter of node:test: the table of docs/home-assistant-versions.md, from the suites that are named
// `Home Assistant VERSION: what was run`.

type Count = { passed: number; failed: number; skipped: number }
type Row = { readonly file: string; readonly cells: Map<string, Count> }

const named = /^Home Assistant (\S+): (.+)$/

// oxlint-disable-next-line import/no-default-export -- the runner takes a reporter as a default export
export default async function* table(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const rows = new Map<string, Row>()
  /** The tests seen so far at each depth, until their suite is told. */
  const waiting: Count[] = []
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const { nesting, name } = data
    if (data.details.type === 'suite') {
      const inside = waiting.splice(nesting + 1)[0]
      const [, version, what] = named.exec(name) ?? []
      if (inside === undefined || version === undefined || what === undefined) continue
      const row = rows.get(what) ?? {
        file: relative(process.cwd(), data.file ?? ''),
        cells: new Map<string, Count>(),
      }
      rows.set(what, row)
      row.cells.set(version, inside)
    } else {
      const count = (waiting[nesting] ??= { passed: 0, failed: 0, skipped: 0 })
      if (data.skip !== undefined && data.skip !== false) count.skipped++
      else if (type === 'test:pass') count.passed++
      else count.failed++
    }
  }
  yield* page(rows)
}

function* page(rows: ReadonlyMap<string, Row>): Generator<string> {
  const versions = [
    ...new Set([...rows.values()].flatMap(({ cells }) => [...cells.keys()])),
  ].toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  const today = new Date().toISOString().slice(0, 10)
  yield `# Home Assistant: what was run against which version

Written by \`npm run versions\`, which runs the real Home Assistant of each version, installed from its package on PyPI, on ${today}.
From 2026.8 its http settings are in a store and are tried before they are kept; before, they are in configuration.yaml. Of the suites
of the other world there is nothing to run: \`–\`.

`
  yield line(['what was run', ...versions, 'by'])
  yield line(['---', ...versions.map(() => '---'), '---'])
  for (const [what, { file, cells }] of rows)
    yield line([what, ...versions.map((version) => cell(cells.get(version))), `\`${file}\``])
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`

function cell(count: Count | undefined): string {
  if (count === undefined) return '–'
  const { passed, failed, skipped } = count
  const rest = skipped === 0 ? '' : `, ${skipped} skipped`
  return failed === 0
    ? `✓ ${passed} passed${rest}`
    : `✗ ${failed} of ${passed + failed} failed${rest}`
}
