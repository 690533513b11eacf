import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { days, later, seconds } from '../../core/duration.ts'
import { absent, known, unknown, type Fact } from '../../core/fact.ts'
import { plan } from './plan.ts'
import type { Desired, Do, Observed, Stored } from './types.ts'
import { undo } from './undo.ts'

const now = new Date('2026-11-24T12:00:00Z')
const name = fc.constantFrom('ha.example.com', 'cam.example.com', '*.example.com', 'example.com')
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 4 })
const directory = fc.constantFrom('https://ca.example/directory', 'https://other.example/directory')
const fingerprint = fc.constantFrom('AA', 'BB')
const days400 = fc.integer({ min: -400, max: 400 })
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const fact = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Fact<T>> =>
  fc.oneof(value.map(known), fc.constant(absent), fc.constant(unknown('it was down')))

const desired: fc.Arbitrary<Desired> = fc.record({
  names,
  directory,
  staging: maybe(fc.constant('https://staging.example/directory')),
  profile: maybe(fc.constant('tlsserver')),
  preferredChain: fc.constant(undefined),
  copyTo: maybe(fc.constant('/ssl')),
})
const stored: fc.Arbitrary<Stored> = fc
  .record({
    names,
    directory,
    fingerprint,
    begins: days400,
    lasts: fc.integer({ min: 1, max: 90 }),
  })
  .map(({ begins, lasts, ...rest }) => ({
    ...rest,
    issuer: 'CN=E1',
    notBefore: later(now, days(begins)),
    notAfter: later(now, days(begins + lasts)),
  }))
const observed: fc.Arbitrary<Observed> = fc.record({
  stored: fact(stored),
  renewAt: fact(days400.map((n) => later(now, days(n)))),
  rehearsed: fc.boolean(),
  attempts: fc.array(
    days400.map((n) => later(now, days(n))),
    { maxLength: 6 },
  ),
  copied: fact(fingerprint),
  keyReadable: fc.boolean(),
  now: fc.constant(now),
})

/** What the world is like after a step. */
function after(seen: Observed, does: Do): Observed {
  switch (does.verb) {
    case 'rehearse':
      return { ...seen, rehearsed: true }
    case 'issue': {
      const { names: certified, directory: from } = does
      const fresh: Stored = {
        names: certified,
        directory: from,
        fingerprint: 'NEW',
        issuer: 'CN=E2',
        notBefore: later(now, seconds(-3600)),
        notAfter: later(now, days(45)),
      }
      return { ...seen, stored: known(fresh), renewAt: absent, attempts: [] }
    }
    case 'copy':
      return {
        ...seen,
        copied: seen.stored.is === 'known' ? known(seen.stored.value.fingerprint) : absent,
      }
  }
}

test('while no certificate may be asked for there is nothing to copy either', () => {
  const tried = later(now, seconds(-60))
  const seen: Observed = {
    stored: absent,
    renewAt: absent,
    rehearsed: false,
    attempts: [tried, tried, tried],
    copied: known('AA'),
    keyReadable: false,
    now,
  }
  const wish: Desired = {
    names: ['ha.example.com'],
    directory: 'https://ca.example/directory',
    staging: undefined,
    profile: undefined,
    preferredChain: undefined,
    copyTo: '/ssl',
  }
  assert.deepEqual(plan(wish, seen).steps, [])
})

test('it settles: from any state, the second plan is empty', () => {
  fc.assert(
    fc.property(desired, observed, (wish, seen) => {
      const { steps } = plan(wish, seen)
      const world = steps.reduce((before, { does }) => after(before, does), seen)
      assert.deepEqual(plan(wish, world).steps, [])
    }),
  )
})

test('it settles too when it was stopped after any step', () => {
  fc.assert(
    fc.property(desired, observed, fc.nat(3), (wish, seen, stopped) => {
      const first = plan(wish, seen).steps.slice(0, stopped)
      const cut = first.reduce((before, { does }) => after(before, does), seen)
      const world = plan(wish, cut).steps.reduce((before, { does }) => after(before, does), cut)
      assert.deepEqual(plan(wish, world).steps, [])
    }),
  )
})

test('one order at most, rehearsed before and copied after, never in another order', () => {
  fc.assert(
    fc.property(desired, observed, (wish, seen) => {
      const verbs = plan(wish, seen).steps.map(({ does }) => does.verb)
      assert.ok(
        ['', 'issue', 'copy', 'rehearse issue', 'issue copy', 'rehearse issue copy'].includes(
          verbs.join(' '),
        ),
      )
      if (seen.stored.is === 'known') assert.ok(!verbs.includes('rehearse'))
    }),
  )
})

test('what is not known is left, and said', () => {
  fc.assert(
    fc.property(desired, observed, (wish, seen) => {
      const blind = plan(wish, { ...seen, stored: unknown('the disk does not answer') })
      assert.deepEqual(blind.steps, [])
      assert.match(blind.left.join(), /the disk does not answer/)
    }),
  )
})

test('a certificate that is as wished and not due is left as it is', () => {
  fc.assert(
    fc.property(desired, stored, (wish, has) => {
      const { notBefore, notAfter } = {
        notBefore: later(now, days(-1)),
        notAfter: later(now, days(44)),
      }
      const mine = { ...has, names: wish.names, directory: wish.directory, notBefore, notAfter }
      const seen = { renewAt: absent, rehearsed: false, attempts: [], keyReadable: false, now }
      const copied = known(mine.fingerprint)
      assert.deepEqual(plan(wish, { ...seen, stored: known(mine), copied }).steps, [])
    }),
  )
})

test('undo takes nothing away that something may need, and says so', () => {
  fc.assert(
    fc.property(desired, observed, (wish, seen) => {
      for (const { does } of plan(wish, seen).steps) {
        // Through the journal, as another process reads it.
        const undone = undo(JSON.parse(JSON.stringify(does)) as Do)
        assert.deepEqual(undone.steps, [])
        assert.equal(undone.left.length, does.verb === 'rehearse' ? 0 : 1)
      }
    }),
  )
})
