#!/usr/bin/env node
import { holdCompilers } from './adapters/system/compilers.ts'
import { keepCompiled } from './compile-cache.ts'

// The only reader of argv, the environment and signals.

// No command calculates so much that they are worth their memory, but for the gateway of `run`, which asks for them.
holdCompilers()
keepCompiled(process.env)
const { runProgram } = await import('./cli/program.ts')

// Who reads may go before everything is said (`| head`): no reason to stop, nor to tell anybody. A full disk is one to tell.
let unsaid = false
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || unsaid) return
    unsaid = true
    process.exitCode = 1
    process.stderr.write(`gatehouse: its output could not be written: ${error.message}\n`)
  })

const stopping = new AbortController()

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait for what is being finished.
    if (stopping.signal.aborted) process.exit(130)
    stopping.abort(new Error(`stopped by ${signal}`))
  })
}

const code = await runProgram(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  signal: stopping.signal,
  now: () => new Date(),
  random: Math.random,
  // A terminal that goes away hangs up on its programs, and they are to end; a service manager asks with it.
  onNudge(act) {
    if (process.stderr.isTTY) return { [Symbol.dispose]: () => undefined }
    process.on('SIGHUP', act)
    return { [Symbol.dispose]: () => void process.off('SIGHUP', act) }
  },
})
if (!unsaid) process.exitCode = code
