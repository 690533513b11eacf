import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { startRouter, type SimulatedRouter } from '../simulators/router/router.ts'
import { startWorld, type World } from '../world/world.ts'

// The provider gives the home another address while the true program runs.

suite('the home moves to another address', () => {
  let world: World
  let router: SimulatedRouter
  let home: (last: number) => string
  before(async () => {
    world = await startWorld({ withRouter: true, withVantage: false })
    home = (last) => world.addresses.home.replace(/\d+$/u, String(last))
    router = await startRouter(world.addresses.router, { external: home(2) })
    const { code, stderr } = await world.run(['apply', '--yes'])
    assert.equal(code, 0, stderr)
    await world.start(['run'], /listens to events of the router/u)
    for (let tries = 0; router.subscribers.size === 0 && tries < 1000; tries++) await sleep(10)
    assert.ok(router.subscribers.size > 0, 'nobody asked to be told of changes')
  })
  after(async () => {
    await world.close()
    await router.close()
  })

  const address = (): string | undefined =>
    world.zone.records.find(({ type, name }) => type === 'A' && name === world.name)?.content
  /** What the record said after each write since then; others write too. */
  const contents = (since: number): string[] =>
    world.zone.history
      .slice(since)
      .flatMap((records) =>
        records.filter(({ type }) => type === 'A').map(({ content }) => content),
      )
  const becomes = async (expected: string): Promise<void> => {
    for (let tries = 0; address() !== expected && tries < 1000; tries++) await sleep(10)
    assert.equal(address(), expected)
  }
  const moves = async (last: number): Promise<void> => {
    world.cloudflare.state.callerAddress.ipv4 = home(last)
    router.says.external = home(last)
    await router.notify()
  }

  test('an event of the router, and the record follows; it stays proxied', async () => {
    const before = world.zone.history.length
    await moves(3)
    await becomes(home(3))
    assert.deepEqual([...new Set(contents(before))], [home(3)])
    assert.ok(world.zone.records.every(({ proxied, type }) => type === 'TXT' || proxied))
  })

  test('events that lie change nothing', async () => {
    const before = world.zone.history.length
    for (const lie of ['0.0.0.0', '192.168.1.9', home(9)]) await router.notify(lie)
    await sleep(500)
    assert.equal(address(), home(3))
    assert.deepEqual(
      contents(before).filter((content) => content !== home(3)),
      [],
    )
  })
})
