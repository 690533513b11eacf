import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { startNameServer } from '../../../lab/simulators/cloudflare/dns/server.ts'
import { seconds } from '../../core/duration.ts'
import { Problem } from '../../core/problem.ts'
import { waitUntilServed } from './propagation.ts'

const signal = new AbortController().signal
const name = '_acme-challenge.ha.example.com'
const options = { margin: seconds(0), atMost: seconds(1) }

/** A server that has the value from its `from`th question on; before that it says NXDOMAIN, as a lagging one does. */
async function serverWith(
  t: TestContext,
  { from = 1, authoritative = true, value = 'proof', silent = false } = {},
) {
  const server = await startNameServer('127.0.0.1', 0, () => {
    const there = server.queries >= from
    return {
      answers: there ? [{ type: 'TXT', name, ttl: 60, data: [value] }] : [],
      authoritative,
      code: there ? 'NOERROR' : 'NXDOMAIN',
      silent,
    }
  })
  t.after(() => server.close())
  return server
}

const problem = (code: string, hint: RegExp) => (error: unknown) =>
  error instanceof Problem && error.code === code && hint.test(error.hint ?? '')

test('it waits for the slowest server, and asks the quick one only once', async (t) => {
  const quick = await serverWith(t)
  const slow = await serverWith(t, { from: 3 })
  await waitUntilServed(name, 'proof', { ...options, servers: [quick, slow] }, signal)
  assert.deepEqual([quick.queries, slow.queries], [1, 3])
})

test('another value beside the wanted one does not satisfy it', async (t) => {
  const server = await serverWith(t, { value: 'an older proof' })
  await assert.rejects(
    waitUntilServed(name, 'proof', { ...options, servers: [server] }, signal),
    problem('dns/not-propagated', /run the command again/),
  )
})

test('an answer without the AA bit is somebody else answering, and is said to be', async (t) => {
  const interceptor = await serverWith(t, { authoritative: false })
  await assert.rejects(
    waitUntilServed(name, 'proof', { ...options, servers: [interceptor] }, signal),
    problem('dns/not-propagated', /intercepts/),
  )
})

test('one server that lags for ever is waited for in vain, and is named', async (t) => {
  const good = await serverWith(t)
  const stuck = await serverWith(t, { from: 1000 })
  await assert.rejects(
    waitUntilServed(name, 'proof', { ...options, servers: [good, stuck] }, signal),
    (error) =>
      error instanceof Problem &&
      error.message.includes(`:${stuck.port}`) &&
      !error.message.includes(`:${good.port}`),
  )
})

test('a server without a way to it does not count, as long as one answers', async (t) => {
  const good = await serverWith(t, { from: 3 })
  const nowhere = { host: '127.0.0.1', port: 9 }
  await waitUntilServed(name, 'proof', { ...options, servers: [nowhere, good] }, signal)
  await assert.rejects(
    waitUntilServed(name, 'proof', { ...options, servers: [nowhere] }, signal),
    problem('dns/not-propagated', /nothing was used up/),
  )
})

test('where all fail at first, it is the network: they are asked again', async (t) => {
  const waking = await startNameServer('127.0.0.1', 0, () => ({
    answers: [{ type: 'TXT', name, ttl: 60, data: ['proof'] }],
    authoritative: true,
    code: waking.queries > 3 ? 'NOERROR' : 'SERVFAIL',
  }))
  t.after(() => waking.close())
  await waitUntilServed(
    name,
    'proof',
    { ...options, atMost: seconds(5), servers: [waking] },
    signal,
  )
  assert.equal(waking.queries, 4)
})

test('who stops waiting is let go', async (t) => {
  const stuck = await serverWith(t, { from: 1000 })
  const stopping = new AbortController()
  setTimeout(() => stopping.abort(), 50)
  await assert.rejects(
    waitUntilServed(name, 'proof', { ...options, servers: [stuck] }, stopping.signal),
    { name: 'AbortError' },
  )
})
