import assert from 'node:assert/strict'
import { test } from 'node:test'

import { watchKernel } from './network-events.ts'

test('what the program prints is an event, and it is started again when it ends', async () => {
  const stopping = new AbortController()
  let heard = 0
  await watchKernel(
    () => {
      heard++
      // One printed line, one return after the end, one more line.
      if (heard === 3) stopping.abort()
    },
    stopping.signal,
    ['sh', '-c', 'echo 2: eth0 inet6 2001:db8::5/64'],
  )
  assert.equal(heard, 3)
})

test('where the program is not there, that is said', async () => {
  const { signal } = new AbortController()
  await assert.rejects(
    watchKernel(() => undefined, signal, ['/nowhere/ip']),
    { code: 'ENOENT' },
  )
})

test('it ends with the signal', async () => {
  const signal = AbortSignal.timeout(50)
  await watchKernel(() => undefined, signal, ['sleep', '100'])
  assert.equal(signal.aborted, true)
})
