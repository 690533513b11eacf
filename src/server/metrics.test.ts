import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'

import { seconds } from '../core/duration.ts'
import { exchange } from '../adapters/http/exchange.ts'
import { countCalls } from '../adapters/system/calls.ts'
import { finding } from '../core/finding.ts'
import { newBoard } from '../keeper/board.ts'
import { metricsText } from './metrics.ts'

test('what is open, refused and called is in the metrics, in the text format', () => {
  const board = newBoard({
    safeguards: ['dns-record'],
    now: () => new Date('2026-11-25T10:00:00Z'),
  })
  board.sees('part', [finding('zone/paused', 'paused')])
  const text = metricsText({
    version: '1 "quoted"\\',
    status: board.read(),
    gateway: undefined,
    looks: new Map([['dns-record', { 'as-wished': 3 }]]),
    calls: { cloudflare: 7 },
    process: { cpuSeconds: 1.5, residentBytes: 1024 },
  })
  const lines = text.split('\n')
  for (const line of [
    'gatehouse_info{version="1 \\"quoted\\"\\\\"} 1',
    'gatehouse_verdict{state="unknown"} 1',
    'gatehouse_link{link="cloudflare",state="broken"} 1',
    'gatehouse_findings_open{severity="broken"} 1',
    'gatehouse_finding_open{code="zone/paused",severity="broken",link="cloudflare"} 1',
    'gatehouse_looks_total{safeguard="dns-record",outcome="as-wished"} 3',
    'gatehouse_calls_total{party="cloudflare"} 7',
  ])
    assert.ok(lines.includes(line), `${line} is not in\n${text}`)
  assert.ok(text.endsWith('\n'))
  assert.doesNotMatch(text, /gateway_/, 'what is not here has no figures')
})

test('every HTTP request is counted for its party', async (t) => {
  const server = createServer((_, response) => response.end())
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => server.close())
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
  using calls = countCalls((host) => (host === '127.0.0.1' ? 'us' : 'other'))
  const bounds = { deadline: seconds(5), maxBytes: 1000 }
  await exchange(new URL(url), {}, bounds, new AbortController().signal)
  assert.deepEqual(calls.read(), { us: 1 })
})
