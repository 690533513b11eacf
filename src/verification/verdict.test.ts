import assert from 'node:assert/strict'
import { suite, test } from 'node:test'

import fc from 'fast-check'

import { compareLinks } from '../core/chain.ts'
import { codes, type FindingCode } from '../core/codes.ts'
import { broken, held, notKnown, type Proof } from '../core/proof.ts'
import { firstBroken, fold, verdictOf } from './verdict.ts'

const trail = [{ asked: 'a', from: 'here', answered: 'b', at: '2026-11-24T00:00:00.000Z' }]
const works = held('origin/not-reached', 'the edge reaches the home', trail)
const outcomeOf = (proofs: readonly Proof[], code: FindingCode) =>
  proofs.find((proof) => proof.code === code)?.outcome
const becauseOf = (proofs: readonly Proof[], code: FindingCode) =>
  proofs.find((proof) => proof.code === code)?.because

const allCodes = Object.keys(codes).filter((code): code is FindingCode => code in codes)
const anyProof = fc
  .record({
    code: fc.constantFrom(...allCodes),
    outcome: fc.constantFrom('held', 'broken', 'unknown'),
    says: fc.constantFrom('this', 'that'),
  })
  .map(({ code, outcome, says }) =>
    outcome === 'held'
      ? held(code, says, trail)
      : outcome === 'broken'
        ? broken(code, says, { evidence: trail })
        : notKnown(code, says),
  )
const proofs = fc.array(anyProof, { maxLength: 40 })

suite('the verdict', () => {
  test('"a stranger gets nothing" is held only where the edge came in, in the same run', () => {
    const closed = held('origin/open', 'a stranger gets nothing', trail)
    assert.equal(outcomeOf(fold([closed, works]), 'origin/open'), 'held')
    assert.equal(outcomeOf(fold([closed]), 'origin/open'), 'unknown')
    for (const way of [
      broken('origin/not-reached', 'refused', {}),
      notKnown('origin/not-reached', 'not seen'),
    ])
      assert.equal(outcomeOf(fold([closed, way]), 'origin/open'), 'unknown')
    // One name that works does not speak for another that does not.
    const half = [closed, works, broken('origin/not-reached', 'the second name', {})]
    assert.equal(outcomeOf(fold(half), 'origin/open'), 'unknown')
  })

  test('an open home is open, whether the edge comes in or not', () => {
    assert.equal(outcomeOf(fold([broken('origin/open', 'open', {})]), 'origin/open'), 'broken')
  })

  test('symptoms stand under the cause of their cause', () => {
    const folded = fold([
      broken('home-assistant/websocket', 'no WebSocket', {}),
      broken('origin/not-reached', 'no way', {}),
      broken('dns/wrong-address', 'an old address', {}),
      notKnown('home-assistant/not-onboarded', 'not seen'),
    ])
    assert.deepEqual(becauseOf(folded, 'dns/wrong-address'), [])
    for (const code of ['home-assistant/websocket', 'home-assistant/not-onboarded'] as const)
      assert.ok(becauseOf(folded, code)?.includes('dns/wrong-address'), code)
    assert.equal(firstBroken(folded), 'cloudflare')
  })

  test('a broken way explains what could not be seen, never what was seen broken', () => {
    const way = broken('origin/not-reached', 'no way', {})
    assert.deepEqual(becauseOf(fold([way, notKnown('origin/open', 'x')]), 'origin/open'), [
      'origin/not-reached',
    ])
    assert.deepEqual(becauseOf(fold([way, broken('origin/open', 'x', {})]), 'origin/open'), [])
  })

  test('what two checks say differently is as the worse says', () => {
    const folded = fold([works, held('dns/missing', 'a', trail), broken('dns/missing', 'b', {})])
    assert.deepEqual(
      folded.filter(({ code }) => code === 'dns/missing').map(({ says }) => says),
      ['b'],
    )
  })

  test('nothing proven is not known; one broken is broken', () => {
    assert.equal(verdictOf([]), 'unknown')
    assert.equal(verdictOf([works]), 'held')
    assert.equal(verdictOf([works, notKnown('origin/open', 'x')]), 'unknown')
    assert.equal(
      verdictOf([notKnown('origin/open', 'x'), broken('dns/missing', 'x', {})]),
      'broken',
    )
  })

  test('law: along the chain, no code is lost, and nothing gets better', () => {
    const strength = { held: 0, unknown: 1, broken: 2 }
    fc.assert(
      fc.property(proofs, (given) => {
        const folded = fold(given)
        assert.deepEqual(
          new Set(folded.map(({ code }) => code)),
          new Set(given.map(({ code }) => code)),
        )
        for (const [i, proof] of folded.entries()) {
          const before = folded[i - 1]
          assert.ok(before === undefined || compareLinks(before.link, proof.link) <= 0)
          const worst = Math.max(
            ...given
              .filter(({ code }) => code === proof.code)
              .map(({ outcome }) => strength[outcome]),
          )
          assert.ok(strength[proof.outcome] >= worst)
        }
      }),
    )
  })

  test('law: a cause is broken in this run, nothing explains itself, and something is always first', () => {
    fc.assert(
      fc.property(proofs, (given) => {
        const folded = fold(given)
        for (const { code, because } of folded) {
          assert.ok(!because.includes(code))
          for (const cause of because) assert.equal(outcomeOf(folded, cause), 'broken')
        }
        if (verdictOf(folded) === 'broken') assert.ok(firstBroken(folded) !== undefined)
      }),
    )
  })
})
