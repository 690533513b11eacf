import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'

import { startWorld, type Finished, type World } from '../world/world.ts'
import { faults } from './faults.ts'

// Every fault of this folder, planted in one home that was proven, by the true program.

const shape = z.object({
  verdict: z.enum(['held', 'broken', 'unknown']),
  proofs: z.array(
    z.object({
      code: z.string(),
      outcome: z.enum(['held', 'broken', 'unknown']),
      because: z.array(z.string()),
      says: z.string(),
      evidence: z.array(z.unknown()),
    }),
  ),
})
type Verdict = z.output<typeof shape>

const codesOf = ({ proofs }: Verdict, outcome: string): string[] => [
  ...new Set(proofs.filter((proof) => proof.outcome === outcome).map(({ code }) => code)),
]

const exitCode = { held: 0, broken: 2, unknown: 3 } as const

suite('faults', { timeout: 170_000 }, () => {
  let world: World
  before(async () => {
    world = await startWorld()
    const applied = await world.run(['apply', '--yes'])
    assert.equal(applied.code, 0, applied.stdout + applied.stderr)
    await world.start(['run'], /serves/)
  })
  after(() => world.close())

  const verify = async (): Promise<Verdict> => {
    const finished: Finished = await world.run(['verify', '--json'])
    const verdict = shape.parse(JSON.parse(finished.stdout))
    assert.equal(finished.code, exitCode[verdict.verdict])
    return verdict
  }

  for (const fault of faults) {
    test(fault.name, async () => {
      const heal = await fault.plant(world)
      try {
        const verdict = await verify()
        const broken = codesOf(verdict, 'broken')
        const unknown = codesOf(verdict, 'unknown')
        const seen = `broken: ${broken.join(' ')}; not known: ${unknown.join(' ')}`
        assert.equal(verdict.verdict, fault.broken.length > 0 ? 'broken' : 'unknown', seen)
        for (const code of fault.broken) assert.ok(broken.includes(code), `${code} (${seen})`)
        for (const code of fault.unknown ?? [])
          assert.ok(unknown.includes(code), `${code} (${seen})`)
        for (const code of fault.notBroken)
          assert.ok(!broken.includes(code), `not ${code} (${seen})`)
        const causes = verdict.proofs.filter(
          ({ outcome, because }) => outcome === 'broken' && because.length === 0,
        )
        if (fault.cause !== undefined)
          assert.equal(causes[0]?.code, fault.cause, JSON.stringify(causes))
      } finally {
        await heal()
      }
    })
  }

  test('and all of them healed: held again', async () => {
    const verdict = await verify()
    const wrong = verdict.proofs.filter(({ outcome }) => outcome !== 'held')
    assert.deepEqual(wrong, [])
    assert.ok(verdict.proofs.every(({ evidence }) => evidence.length > 0))
  })
})
