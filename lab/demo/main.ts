import { startDemo } from './demo.ts'

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())

const argv = new Set(process.argv.slice(2))
process.exitCode = await startDemo(
  { once: argv.has('--once'), json: argv.has('--json') },
  stopping.signal,
)
