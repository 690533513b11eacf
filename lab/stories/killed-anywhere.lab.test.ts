import assert from 'node:assert/strict'
import { suite, test } from 'node:test'

import { startWorld, type World } from '../world/world.ts'

// A first `apply` that is killed, as by a power cut, at every moment at which it changes something outside: before
// the change, and after it, while nobody has heard of it yet. The next run always ends as if nothing had been.

/** Of an authority everything is asked for by POST. */
const looking = / (authz|order|certificate)$/

/** Calls `at` at each such moment, in their order, with its number and name. */
function hearMoments(
  { cloudflare, authority, staging }: World,
  at: (number: number, name: string) => Promise<void>,
): void {
  let number = 0
  const hear = (place: string) => (moment: string) =>
    looking.test(moment) ? Promise.resolve() : at(number++, `${moment} at ${place}`)
  cloudflare.api.onWrite(hear('Cloudflare'))
  authority.onPost(hear('the authority'))
  staging.onPost(hear('the staging authority'))
}

async function momentsOfOneRun(): Promise<readonly string[]> {
  const world = await startWorld({ withVantage: false })
  const names: string[] = []
  hearMoments(world, (_number, name) => Promise.resolve(void names.push(name)))
  const { code, stdout, stderr } = await world.run(['apply', '--yes'])
  await world.close()
  assert.equal(code, 0, stdout + stderr)
  return names
}

const moments = await momentsOfOneRun()

suite('killed at any moment of apply', () => {
  for (const [number, name] of moments.entries()) {
    test(`${number}, ${name}`, { timeout: 60_000 }, async (t) => {
      const world = await startWorld({ withVantage: false })
      t.after(() => world.close())
      await killAt(world, number)
      const again = await world.run(['apply', '--yes'])
      assert.equal(again.code, 0, again.stdout + again.stderr)
      const plan = await world.run(['plan'])
      assert.equal(plan.code, 0, plan.stdout)

      const { zone, authority, homeAssistant, addresses } = world
      assert.deepEqual(
        zone.records.map(({ type, content, proxied }) => [type, content, proxied]),
        [['A', addresses.home, true]],
      )
      for (const moment of zone.history)
        assert.ok(moment.every((record) => record.type === 'TXT' || record.proxied))
      for (const { phase, rules } of zone.rulesets.values()) assert.equal(rules.length, 1, phase)
      assert.equal(zone.pulls.certificates.length, 1)
      // Of the five a week, one may be lost with the answer that nobody heard.
      assert.ok(authority.issued.length <= 2, `${authority.issued.length} certificates`)
      assert.equal(homeAssistant.state.loginNotices, 0)
    })
  }
})

async function killAt(world: World, number: number): Promise<void> {
  const child = await world.start(['apply', '--yes'], /home-assistant|✓/)
  const dead = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  hearMoments(world, async (current) => {
    if (current !== number) return
    child.kill('SIGKILL')
    await dead
  })
  await dead
  hearMoments(world, () => Promise.resolve())
}
