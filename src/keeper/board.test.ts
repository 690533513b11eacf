import assert from 'node:assert/strict'
import { test } from 'node:test'

import { later, minutes, seconds } from '../core/duration.ts'
import { finding, unseen } from '../core/finding.ts'
import { broken, held } from '../core/proof.ts'
import { newBoard, type Board } from './board.ts'
import type { KeeperEvent } from './status.ts'

function boardAt(start: string): {
  readonly board: Board
  readonly told: string[]
  pass(ms: number): void
} {
  let now = new Date(start)
  const board = newBoard({ safeguards: ['certificate', 'dns-record'], now: () => now })
  const told: string[] = []
  board.subscribe((event: KeeperEvent) => {
    if (event.is === 'opened' || event.is === 'mended')
      told.push(`${event.is} ${event.finding.code}`)
  })
  return { board, told, pass: (ms) => (now = new Date(now.getTime() + ms)) }
}

const noon = '2026-11-25T12:00:00.000Z'

test('what is seen is told once, and again when it is gone', () => {
  const { board, told } = boardAt(noon)
  const leak = finding('dns/not-proxied', 'A ha.example.com is not proxied')
  board.sees('dns-record', [leak])
  board.sees('dns-record', [leak])
  board.sees('proofs', [leak])
  board.sees('dns-record', [])
  assert.deepEqual(told, ['opened dns/not-proxied'])
  board.sees('proofs', [])
  assert.deepEqual(told, ['opened dns/not-proxied', 'mended dns/not-proxied'])
  assert.deepEqual(board.read().findings, [])
})

test('a blip does not show', () => {
  const { board, told, pass } = boardAt(noon)
  const away = finding('home-assistant/not-reached', 'nobody answers')
  board.sees('home-assistant', [away])
  assert.deepEqual(board.read().findings, [])
  pass(minutes(1))
  board.sees('home-assistant', [])
  pass(minutes(1))
  board.sees('home-assistant', [away])
  pass(minutes(1))
  assert.deepEqual(board.settle(), later(new Date(noon), minutes(4)))
  assert.deepEqual(told, [])
  pass(minutes(1))
  assert.equal(board.settle(), undefined)
  assert.deepEqual(told, ['opened home-assistant/not-reached'])
  assert.equal(board.read().findings[0]?.since, later(new Date(noon), minutes(2)).toISOString())
})

test('of a cause and its symptoms the cause alone is told', () => {
  const { board, told, pass } = boardAt(noon)
  board.sees('dns-record', [
    finding('zone/paused', 'the zone is paused'),
    finding('dns/answers-home-address', 'a name server answers with the home address'),
  ])
  assert.deepEqual(told, ['opened zone/paused'])
  assert.deepEqual(
    board.read().findings.map(({ code, because }) => [code, because]),
    [
      ['zone/paused', []],
      ['dns/answers-home-address', ['zone/paused']],
    ],
  )
  // The cause is mended and the symptom is not: then it is to be told, once it had the time to go too.
  board.sees('dns-record', [finding('dns/answers-home-address', 'it still answers')])
  assert.deepEqual(told.slice(1), ['mended zone/paused'])
  pass(minutes(1))
  board.settle()
  assert.deepEqual(told.slice(1), ['mended zone/paused', 'opened dns/answers-home-address'])
})

test('what could not be looked at is not found', () => {
  const { board, told } = boardAt(noon)
  board.sees('dns-record', [unseen('dns/missing', 'the API does not answer', 'wait')])
  assert.deepEqual(told, [])
})

test('a link is held by proofs alone, and broken by what is open', () => {
  const { board } = boardAt(noon)
  assert.equal(board.read().links.cloudflare, 'unknown')
  const proof = held('edge/ssl-mode', 'the edge checks the certificate of the origin', [])
  const verdict = { verdict: 'held', checkedAt: noon, vantage: null, advice: [] } as const
  board.proven({ ...verdict, proofs: [proof] })
  assert.equal(board.read().links.cloudflare, 'held')
  board.sees('edge-rules', [finding('edge/ssl-mode', 'the mode is flexible')])
  assert.equal(board.read().links.cloudflare, 'broken')
  board.sees('edge-rules', [])
  board.proven({ ...verdict, proofs: [broken('edge/ssl-mode', 'it is flexible', {})] })
  assert.equal(board.read().links.cloudflare, 'broken')
  assert.equal(board.read().findings[0]?.code, 'edge/ssl-mode')
})

test('a look that saw nothing keeps what the last one found', () => {
  const { board, told } = boardAt(noon)
  const look = { at: noon, because: 'its rhythm', did: [], left: [], says: null, code: null }
  const report = { failures: 0, nextLook: later(new Date(noon), seconds(10)) }
  const findings = [finding('dns/missing', 'there is no record')]
  board.looked('dns-record', { ...report, look: { ...look, outcome: 'as-wished' }, findings })
  board.looked('dns-record', {
    ...report,
    failures: 1,
    look: { ...look, outcome: 'failed', says: 'no network' },
    findings: undefined,
  })
  const status = board.read().safeguards.find(({ name }) => name === 'dns-record')
  assert.deepEqual(status?.findings, findings)
  assert.equal(status?.lastLook?.outcome, 'failed')
  assert.equal(status?.nextLook, '2026-11-25T12:00:10.000Z')
  assert.deepEqual(told, ['opened dns/missing'])
  assert.deepEqual(structuredClone(board.read()), JSON.parse(JSON.stringify(board.read())))
})
