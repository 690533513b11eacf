import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'

import { decode, encode, type Packet } from 'dns-packet'

import { startNameServer, type Said } from '../../../lab/simulators/cloudflare/dns/server.ts'
import { Problem } from '../../core/problem.ts'
import { queryDns, type DnsServer } from './query.ts'

const signal = new AbortController().signal
const question = { name: 'ha.example.com', type: 'TXT', recursive: false } as const

const text = (data: string): Said => ({
  answers: [{ type: 'TXT', name: question.name, ttl: 60, data: [data] }],
  authoritative: true,
  code: 'NOERROR',
})

async function server(t: TestContext, say: Parameters<typeof startNameServer>[2]) {
  const started = await startNameServer('127.0.0.1', 0, say)
  t.after(() => started.close())
  return started
}

/** A UDP server that answers with whatever bytes it is told to. */
async function rawServer(
  t: TestContext,
  answers: (query: Packet) => readonly Buffer[],
): Promise<DnsServer> {
  const socket = createSocket('udp4')
  socket.on('message', (bytes, peer) => {
    for (const answer of answers(decode(bytes))) socket.send(answer, peer.port, peer.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  return { host: '127.0.0.1', port: socket.address().port }
}

test('the answer, its code, and whether it comes from the authority', async (t) => {
  const authority = await server(t, () => text('hello'))
  const answer = await queryDns(authority, question, signal)
  assert.equal(answer.authoritative, true)
  assert.equal(answer.code, 'NOERROR')
  assert.equal(answer.answers.length, 1)

  const resolver = await server(t, () => ({ answers: [], authoritative: false, code: 'NXDOMAIN' }))
  const missing = await queryDns(resolver, question, signal)
  assert.deepEqual([missing.authoritative, missing.code], [false, 'NXDOMAIN'])
})

test('an answer too long for UDP is asked for by TCP', async (t) => {
  const long = 'x'.repeat(200)
  const authority = await server(t, () => ({
    ...text(''),
    answers: Array.from({ length: 20 }, (_, i) => ({
      type: 'TXT' as const,
      name: question.name,
      ttl: 60,
      data: [`${i}${long}`],
    })),
  }))
  assert.equal((await queryDns(authority, question, signal)).answers.length, 20)
  assert.equal(authority.queries, 2)
})

test('junk, another id, another question and another class are not answers', async (t) => {
  const respond = (query: Packet, data: string, more: Partial<Packet> = {}): Buffer =>
    encode({
      ...query,
      type: 'response',
      answers: [{ type: 'TXT', name: question.name, data: [data] }],
      ...more,
    })
  const liar = await rawServer(t, (query) => [
    Buffer.from('junk'),
    Buffer.alloc(0),
    respond(query, 'another id', { id: ((query.id ?? 0) + 1) % 65_536 }),
    respond(query, 'another name', { questions: [{ type: 'TXT', name: 'evil.example' }] }),
    respond(query, 'another type', { questions: [{ type: 'A', name: question.name }] }),
    respond(query, 'another class', {
      questions: [{ type: 'TXT', class: 'CH', name: question.name }],
    }),
    encode({ ...query, type: 'query' }),
    respond(query, 'the true one'),
  ])
  const { answers } = await queryDns(liar, question, signal)
  assert.deepEqual(
    answers.map((answer) => 'data' in answer && String(answer.data)),
    ['the true one'],
  )
})

test('a lost datagram is sent again', async (t) => {
  let heard = 0
  const flaky = await server(t, () => ({ ...text('late'), silent: heard++ === 0 }))
  assert.equal((await queryDns(flaky, question, signal)).answers.length, 1)
  assert.equal(heard, 2)
})

test('nobody there: a problem that says so, at once where the system knows it', async () => {
  await assert.rejects(
    queryDns({ host: '127.0.0.1', port: 9 }, question, signal),
    (error) =>
      error instanceof Problem &&
      error.code === 'dns/no-answer' &&
      /127\.0\.0\.1:9/.test(error.message),
  )
})

test('a TCP server that drips bytes does not hold the question', async (t) => {
  const open = new Set<Socket>()
  const drip = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    const timer = setInterval(() => socket.write(Buffer.from([0xff])), 200)
    socket.on('close', () => clearInterval(timer))
  })
  drip.listen(0, '127.0.0.1')
  await once(drip, 'listening')
  const address = drip.address()
  assert.ok(address !== null && typeof address === 'object')
  t.after(() => {
    for (const socket of open) socket.destroy()
    drip.close()
  })
  await assert.rejects(
    queryDns({ host: '127.0.0.1', port: address.port }, question, signal),
    Problem,
  )
})

test('who stops waiting is let go', async (t) => {
  const silent = await server(t, () => ({ ...text(''), silent: true }))
  const stopping = new AbortController()
  setTimeout(() => stopping.abort(), 30)
  await assert.rejects(queryDns(silent, question, stopping.signal), { name: 'AbortError' })
})
