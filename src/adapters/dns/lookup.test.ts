import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { Answer } from 'dns-packet'

import { startNameServer, type Said } from '../../../lab/simulators/cloudflare/dns/server.ts'
import { Problem } from '../../core/problem.ts'
import { authoritativeServers } from './authoritative.ts'
import { lookUpAddresses, lookUpTexts } from './lookup.ts'

const signal = new AbortController().signal
const name = 'ha.example.com'

async function server(t: TestContext, answers: readonly Answer[], code: Said['code'] = 'NOERROR') {
  const started = await startNameServer('127.0.0.1', 0, (asked, type) => ({
    answers: answers.filter((each) => each.type === type && 'name' in each && each.name === asked),
    authoritative: true,
    code,
  }))
  t.after(() => started.close())
  return started
}

const a = (data: string, at = name): Answer => ({ type: 'A', name: at, data })

test('every server is reported on its own, also the one that fails', async (t) => {
  const servers = [
    await server(t, [a('192.0.2.1')]),
    await server(t, [a('192.0.2.2'), a('192.0.2.3')]),
    await server(t, [], 'NXDOMAIN'),
    await server(t, [], 'SERVFAIL'),
    { host: '127.0.0.1', port: 9 },
  ]
  const said = await lookUpAddresses(servers, { name, type: 'A', recursive: false }, signal)
  assert.deepEqual(
    said.map((each) =>
      'values' in each ? each.values.map(({ text }) => text).join() : each.failed.slice(0, 19),
    ),
    ['192.0.2.1', '192.0.2.2,192.0.2.3', '', 'it answers SERVFAIL', 'the name server 127'],
  )
})

test('a text in pieces is one text, and two texts are two', async (t) => {
  const authority = await server(t, [
    { type: 'TXT', name, data: ['v=spf1 ', 'ip4:192.0.2.1 -all'] },
    { type: 'TXT', name, data: 'other' },
  ])
  const [said] = await lookUpTexts([authority], { name, recursive: false }, signal)
  assert.ok(said && 'values' in said)
  assert.deepEqual(said.values, ['v=spf1 ip4:192.0.2.1 -all', 'other'])
})

test('every address of every name server, each once', async (t) => {
  const resolver = await server(t, [
    a('192.0.2.53', 'ns1.example.net'),
    a('192.0.2.54', 'ns2.example.net'),
    a('192.0.2.53', 'ns2.example.net'),
    { type: 'AAAA', name: 'ns1.example.net', data: '2001:db8::53' },
  ])
  const nowhere = { host: '127.0.0.1', port: 9 }
  const found = await authoritativeServers(
    ['ns1.example.net', 'ns2.example.net'],
    [nowhere, resolver],
    signal,
  )
  assert.deepEqual(
    found.map(({ host, port }) => `${host} ${port}`),
    ['192.0.2.53 53', '2001:db8::53 53', '192.0.2.54 53'],
  )
})

test('name servers that nobody can find are a problem that names them', async (t) => {
  const resolver = await server(t, [])
  await assert.rejects(
    authoritativeServers(['ns1.example.net'], [resolver], signal),
    (error) =>
      error instanceof Problem &&
      error.code === 'dns/no-name-servers' &&
      /ns1\.example\.net/.test(error.message),
  )
})
