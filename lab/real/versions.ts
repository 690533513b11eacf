import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

// npm run versions [-- WORD…]
// Runs every suite against every version of Home Assistant, and writes docs/home-assistant-versions.md from what came of it; with
// words only the files whose name has one of them, which is then all that the page shows.

const here = import.meta.dirname
const root = join(here, '../..')
const words = process.argv.slice(2)
const runner = spawn(
  process.execPath,
  [
    '--test',
    // Home Assistant keeps one processor busy, and waits half the time.
    '--test-concurrency=2',
    '--test-force-exit',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${join(here, 'table-reporter.ts')}`,
    `--test-reporter-destination=${join(root, 'docs/home-assistant-versions.md')}`,
    ...readdirSync(here)
      .filter((file) => file.endsWith('.real.test.ts'))
      .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
      .toSorted()
      .map((file) => join(here, file)),
  ],
  {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, LAB_HOME_ASSISTANT: 'every' },
  },
)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => runner.kill(signal))
process.exitCode = await new Promise<number>((done) =>
  runner.once('exit', (code) => done(code ?? 1)),
)
