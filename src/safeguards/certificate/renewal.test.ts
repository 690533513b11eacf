import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { days, hours, later, minutes, since } from '../../core/duration.ts'
import { absent, known, unknown } from '../../core/fact.ts'
import { holdUntil, renewalMoment, renewalState } from './renewal.ts'

const notBefore = new Date('2026-11-01T00:00:00Z')
const lasting = (life: number) => ({
  names: ['ha.example.com'],
  notBefore,
  notAfter: new Date(notBefore.getTime() + life),
  fingerprint: 'F',
  issuer: 'CN=E1',
})

for (const [life, after] of [
  [days(90), days(60)],
  [days(45), days(30)],
  [hours(160), hours(80)],
] as const) {
  test(`${life / days(1)} days without a word of the authority: after ${after / days(1)}`, () => {
    for (const silent of [absent, unknown('it was down')])
      assert.deepEqual(renewalMoment(lasting(life), silent), later(notBefore, after))
  })
}

const life = fc.integer({ min: days(2), max: days(400) })
const moment = fc.date({
  min: new Date('2000-01-01'),
  max: new Date('2100-01-01'),
  noInvalidDate: true,
})

test('whatever the authority says, it is renewed before it ends, and not in its first hours', () => {
  fc.assert(
    fc.property(life, moment, (lives, asked) => {
      const certificate = lasting(lives)
      const at = renewalMoment(certificate, known(asked))
      assert.ok(since(notBefore, at) >= hours(6))
      assert.ok(since(at, certificate.notAfter) >= lives / 6 - 1)
      if (since(notBefore, asked) > hours(24) && since(notBefore, asked) < lives * 0.8)
        assert.deepEqual(at, asked)
    }),
  )
})

test('the states come in their order, and only forward', () => {
  const order = ['not yet', 'due', 'soon', 'ended']
  fc.assert(
    fc.property(life, fc.option(moment), fc.array(moment), (lives, asked, moments) => {
      const certificate = lasting(lives)
      const seen = moments
        .toSorted((a, b) => a.getTime() - b.getTime())
        .map((now) => order.indexOf(renewalState(certificate, asked ? known(asked) : absent, now)))
      assert.deepEqual(
        seen,
        seen.toSorted((a, b) => a - b),
      )
    }),
  )
})

test('the last eighth of its life is worth a finding', () => {
  const certificate = lasting(days(80))
  const at = (n: number) => renewalState(certificate, absent, later(notBefore, days(n)))
  assert.deepEqual(
    [at(53), at(54), at(69), at(71), at(80)],
    ['not yet', 'due', 'due', 'soon', 'ended'],
  )
})

test('what the authority allows is never used up, however often the program is started again', () => {
  // Somebody restarts it every minute for a week, and every attempt fails.
  const attempts: Date[] = []
  for (let minute = 0; minute < 7 * 24 * 60; minute++) {
    const now = later(notBefore, minutes(minute))
    if (holdUntil(attempts, now) === undefined) attempts.push(now)
  }
  const inAnHour = attempts.map(
    (from) => attempts.filter((at) => at >= from && at < later(from, hours(1))).length,
  )
  assert.ok(Math.max(...inAnHour) < 5, String(Math.max(...inAnHour)))
  assert.ok(attempts.length >= 25 && attempts.length < 40, String(attempts.length))
})

test('an attempt that a wrong clock wrote into the future holds up nothing', () => {
  const ahead = [1, 2, 3, 4].map((n) => later(notBefore, days(300 + n)))
  assert.equal(holdUntil(ahead, notBefore), undefined)
})
