import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import type { Benchmark } from './benchmark.ts'
import { jsonReport, textReport } from './report.ts'

// npm run bench -- NAME [--json] [--quick] [--cases NAME,…] [--peers NAME,…]

/** Each benchmark is the file of its name in this folder that exports `benchmark`. */
async function names(): Promise<string[]> {
  const files = (await readdir(import.meta.dirname)).filter((file) => /^[a-z-]+\.ts$/u.test(file))
  const found = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(import.meta.dirname, file), 'utf8')
      return /^export const benchmark\b/mu.test(text) ? [file.slice(0, -'.ts'.length)] : []
    }),
  )
  return found.flat().toSorted()
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      cases: { type: 'string' },
      peers: { type: 'string' },
    },
  })
  const [name] = positionals
  const known = await names()
  if (name === undefined || !known.includes(name)) {
    console.error(
      `usage: npm run bench -- NAME [--json] [--quick] [--cases NAME,…] [--peers NAME,…]\nNAME is one of: ${known.join(', ') || '(none yet)'}`,
    )
    return 64
  }

  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort(new Error('stopped')))
  process.once('SIGTERM', () => stopping.abort(new Error('stopped')))

  const { benchmark } = (await import(`./${name}.ts`)) as { benchmark: Benchmark }
  const result = await benchmark.run({
    quick: values.quick,
    ...(values.cases === undefined ? {} : { cases: values.cases.split(',') }),
    ...(values.peers === undefined ? {} : { peers: values.peers.split(',') }),
    signal: stopping.signal,
    progress: (text) => process.stderr.isTTY && process.stderr.write(`\r\u001B[K${text}`),
  })
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
  console.log(
    values.json
      ? jsonReport(name, values.quick, result)
      : textReport(name, values.quick, benchmark, result),
  )
  return 0
}

process.exitCode = await main()
