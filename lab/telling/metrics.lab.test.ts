import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

import { finding } from '../../src/core/finding.ts'
import { newCounters } from '../../src/gateway/counters.ts'
import { Ledger } from '../../src/gateway/metrics/ledger.ts'
import { newBoard } from '../../src/keeper/board.ts'
import { metricsText } from '../../src/server/metrics.ts'
import { tool } from '../toolbox/tool.ts'

const promtool = await tool('promtool')

test(
  'Prometheus reads our metrics and has nothing to say about their names',
  {
    skip: 'missing' in promtool && promtool.missing,
  },
  () => {
    if ('missing' in promtool) return
    const board = newBoard({
      safeguards: ['dns-record', 'certificate'],
      now: () => new Date(),
      gateway: newCounters,
    })
    board.sees('part', [finding('zone/paused', 'paused')])
    board.proven({
      verdict: 'held',
      checkedAt: new Date().toISOString(),
      vantage: null,
      proofs: [],
      advice: [],
    })
    board.put({
      certificate: {
        names: ['ha.example.com'],
        notBefore: '2026-11-01T00:00:00Z',
        notAfter: '2027-01-01T00:00:00Z',
        fingerprint: 'AA',
      },
    })
    const ledger = new Ledger(
      () => new Date(),
      () => undefined,
    )
    ledger.answered(200, 3)
    ledger.refused('198.51.100.1', 'stranger')
    const snapshot = {
      ...ledger.snapshot(),
      open: { connections: 2, webSockets: 1, handshakes: 0 },
      upstreams: [
        {
          names: ['ha.example.com'],
          health: { is: 'up' as const },
          connections: { open: 1, idle: 1 },
        },
      ],
    }
    const text = metricsText({
      version: '1.0.0',
      status: board.read(),
      gateway: snapshot,
      looks: new Map([['dns-record', { 'as-wished': 3, failed: 1 }]]),
      calls: { cloudflare: 7 },
      process: { cpuSeconds: 1.5, residentBytes: 70e6 },
    })
    const check = (input: string) => {
      const [program, ...words] = promtool.command
      return spawnSync(program, [...words, 'check', 'metrics'], { input, encoding: 'utf8' })
    }
    const { status, stdout, stderr } = check(text)
    assert.equal(status, 0, `${stdout}${stderr}\n${text}`)
    assert.equal(`${stdout}${stderr}`.trim(), '')
    assert.notEqual(check(`${text}\nthis is none\n`).status, 0, 'it does read them')
  },
)
