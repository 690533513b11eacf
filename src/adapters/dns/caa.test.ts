import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { startNameServer } from '../../../lab/simulators/cloudflare/dns/server.ts'
import { servedCaa } from './caa.ts'

const signal = new AbortController().signal

async function zoneWith(t: TestContext, caa: Readonly<Record<string, readonly string[]>>) {
  const server = await startNameServer('127.0.0.1', 0, (name, type) => ({
    answers:
      type === 'CAA'
        ? (caa[name] ?? []).map((text) => {
            const [tag = '', value = ''] = text.split(' ')
            return { type, name, ttl: 1, data: { flags: 0, tag: tag as 'issue', value } }
          })
        : [],
    authoritative: true,
    code: 'NOERROR',
  }))
  t.after(() => server.close())
  const silent = { host: '127.0.0.1', port: 1 }
  return servedCaa('ha.home.example.com', 'example.com', [silent, server], signal)
}

const sets: readonly (readonly [string, Readonly<Record<string, string[]>>, unknown])[] = [
  ['nothing', {}, undefined],
  [
    'the closest set, without parameters',
    {
      'home.example.com': ['issue letsencrypt.org;accounturi=x', 'issue Sectigo.com'],
      'example.com': ['issue other.example'],
    },
    { at: 'home.example.com', issuers: ['letsencrypt.org', 'sectigo.com'] },
  ],
  ['nobody', { 'example.com': ['issue ;'] }, { at: 'example.com', issuers: [] }],
  ['only who may issue wildcards', { 'example.com': ['issuewild x.example'] }, undefined],
  ['a set above the zone', { com: ['issue x.example'] }, undefined],
]
for (const [what, caa, expected] of sets) {
  test(`CAA that is served: ${what}`, { timeout: 20_000 }, async (t) => {
    assert.deepEqual(await zoneWith(t, caa), expected)
  })
}
