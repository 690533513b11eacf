import { startDemo } from './demo.ts'

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())

const argv = process.argv.slice(2)
process.exitCode = await startDemo(
  { once: argv.includes('--once'), json: argv.includes('--json') },
  stopping.signal,
)
