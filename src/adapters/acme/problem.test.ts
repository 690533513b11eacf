import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { acmeProblem, fromDocument, unreachable } from './problem.ts'

const now = new Date('2026-11-24T12:00:00Z')
const document = (type: string, detail: string) =>
  JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail })

const cases = [
  [429, 'rateLimited', 'certificate/rate-limited'],
  [400, 'badNonce', 'certificate/bad-nonce'],
  [403, 'unauthorized', 'certificate/not-validated'],
  [403, 'caa', 'certificate/caa'],
  [400, 'dns', 'certificate/not-validated'],
  [400, 'rejectedIdentifier', 'certificate/name-rejected'],
  [403, 'externalAccountRequired', 'certificate/account-binding'],
  [400, 'invalidProfile', 'certificate/profile'],
  [500, 'serverInternal', 'certificate/authority-down'],
  [400, 'something new', 'certificate/refused'],
] as const
for (const [status, type, code] of cases) {
  test(`${status} ${type} is ${code}, with what the authority said and with a hint`, () => {
    const problem = acmeProblem(status, document(type, 'because of this'), undefined, now)
    assert.equal(problem.code, code)
    assert.match(problem.message, /because of this/)
    assert.ok(problem.hint)
  })
}

test('a pause is a moment: seconds, a date, or a guess where the authority does not say', () => {
  const retryAt = (header: string | undefined) =>
    acmeProblem(429, document('rateLimited', ''), header, now).retryAt?.toISOString()
  assert.equal(retryAt('122400'), '2026-11-25T22:00:00.000Z')
  assert.equal(retryAt('Wed, 25 Nov 2026 12:00:00 GMT'), '2026-11-25T12:00:00.000Z')
  assert.equal(retryAt(undefined), '2026-11-24T12:15:00.000Z')
  assert.equal(retryAt('soon'), '2026-11-24T12:15:00.000Z')
})

test('after a proof that failed there is a pause, as five failures an hour is the limit', () => {
  const problem = fromDocument({ type: 'urn:ietf:params:acme:error:dns', detail: 'NXDOMAIN' }, now)
  assert.equal(problem.retryAt?.toISOString(), '2026-11-24T12:12:00.000Z')
})

test('any answer whatever becomes one sentence of bounded length', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 300, max: 599 }),
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.string().map((text) => text.repeat(100)),
      ),
      fc.option(fc.string(), { nil: undefined }),
      (status, text, retryAfter) => {
        const problem = acmeProblem(status, text, retryAfter, now)
        assert.ok(problem.message.length < 700)
        assert.ok(problem.hint)
      },
    ),
  )
})

test('details of several names are all told', () => {
  const text = JSON.stringify({
    type: 'urn:ietf:params:acme:error:caa',
    detail: 'two names failed',
    subproblems: [
      { type: 'x', detail: 'a.example.com' },
      { type: 'x', detail: 'b.example.com' },
    ],
  })
  assert.match(acmeProblem(403, text, undefined, now).message, /a\.example\.com; b\.example\.com/)
})

test('a connection that fails over dates points to the clock', () => {
  const cause = Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' })
  assert.equal(unreachable(cause).code, 'clock/wrong')
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const problem = unreachable(refused)
  assert.equal(problem.code, 'certificate/authority-unreachable')
  assert.match(problem.message, /ECONNREFUSED/)
})
