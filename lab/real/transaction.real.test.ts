import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { mustBeRange } from '../../src/core/address.ts'
import type { HttpState, Port, Settings } from '../../src/safeguards/home-assistant/types.ts'
import { guardHome, wished } from '../convergence/home-assistant-guard.ts'
import { cuttingProxy, type Moment } from './cutting-proxy.ts'
import { onHomeAssistant } from './on-home-assistant.ts'
import { startRealHomeAssistant, type RealHomeAssistant } from './start.ts'

// The http settings as a transaction, on the real Home Assistant from 2026.8: whatever happens to us, it is never left
// unreachable. Where a trial is said to last seconds, AUTO_REVERT_DELAY, a constant in its code, was given another value
// before its start; the first suite waits the real five minutes, while the others run.

const oneByOne = { concurrency: 1 }
const never = new AbortController().signal
await onHomeAssistant(['newest'], (found) => {
  const name = `Home Assistant ${found.version}`
  suite(`${name}: the http settings`, { concurrency: 2 }, () => {
    suite(`${name}: five minutes as they are`, oneByOne, () => {
      let house: RealHomeAssistant
      before(async () => (house = await startRealHomeAssistant(found)))
      after(() => house.close())

      test('settings with which nobody reaches it any more end after five minutes', async () => {
        const { port } = guardHome(house)
        const before = await port.httpState(never)
        assert.ok(before)
        // On another port, which nobody was told.
        const elsewhere = {
          ...before.stable,
          server_port: house.port === 65_535 ? 1024 : house.port + 1,
        }
        await stage(port, elsewhere)
        const begun = performance.now()
        await port.waitFor(
          ({ pending, onTrial }) => !onTrial && pending?.error === 'not_promoted',
          900_000,
          never,
        )
        const minutes = (performance.now() - begun) / 60_000
        console.log(`# back after ${minutes.toFixed(1)} minutes`)
        assert.deepEqual((await port.httpState(never))?.stable, before.stable)
        assert.equal(house.starts(), 3)
      })
    })

    suite(`${name}: the http settings as a transaction`, oneByOne, () => {
      let house: RealHomeAssistant
      let guarded: ReturnType<typeof guardHome>
      before(async () => {
        house = await startRealHomeAssistant(found, { trialSeconds: 60 })
        guarded = guardHome(house)
      })
      after(() => house.close())
      const state = async (): Promise<HttpState> => {
        const now = await guarded.port.waitFor(() => true, 300_000, never)
        assert.ok(now)
        return now
      }

      test('a restart that it would refuse is not asked for, and its own reason is told', async () => {
        const repair = await breakConfiguration(house)
        const outcome = await guarded.run()
        assert.ok(outcome.is === 'unsettled')
        assert.match(outcome.because, /could not restart: .*Invalid config for 'homeassistant'/s)
        assert.equal((await state()).pending, undefined)
        assert.equal(house.starts(), 1)
        await repair()
      })

      test('settings that do not work are not confirmed but taken back at once, with whom it saw', async () => {
        const { stable } = await state()
        const outcome = await guarded.run({ ...wished, proxy: mustBeRange('192.0.2.55') })
        assert.ok(outcome.is === 'unsettled')
        assert.match(outcome.because, /refuses the proxy .* not confirmed, and undone/)
        assert.match(hintOf(outcome.failure), /its log says that proxies came from 127\.0\.0\.1/)
        const now = await state()
        assert.deepEqual(now, { stable, pending: undefined, onTrial: false, revertAt: undefined })
      })

      test('what somebody else staged, and tries, is left alone; it ends by itself, and is replaced', async () => {
        const repair = await breakConfiguration(house)
        const theirs = { ...(await state()).stable, login_attempts_threshold: 7 }
        await stage(guarded.port, theirs)
        await sleep(1000)
        const staged = await guarded.run()
        assert.match(staged.is === 'settled' ? staged.left.join() : '', /somebody staged other/)
        await repair()
        const starts = house.starts()
        await guarded.port.restart(300_000, never)
        const tried = await guarded.run()
        assert.match(tried.is === 'settled' ? tried.left.join() : '', /somebody is trying other/)
        assert.ok((await codes(guarded)).includes('home-assistant/pending-change'))
        assert.equal(house.starts(), starts + 1)

        await guarded.port.waitFor(
          ({ pending, onTrial }) => !onTrial && pending?.error === 'not_promoted',
          300_000,
          never,
        )
        const outcome = await guarded.run()
        assert.ok(outcome.is === 'settled', JSON.stringify(outcome))
        assert.match(
          outcome.did.at(-1)?.says ?? '',
          /that failed there are replaced \(not_promoted\)/,
        )
        const { stable, pending } = await state()
        assert.equal(pending, undefined)
        assert.deepEqual(stable['trusted_proxies'], ['127.0.0.1/32'])
        assert.equal(stable['login_attempts_threshold'], -1)
      })

      test('then there is nothing more to do, and nothing restarts', async () => {
        const starts = house.starts()
        const again = await guarded.run()
        assert.ok(again.is === 'settled' && again.did.length === 0, JSON.stringify(again))
        assert.equal(house.starts(), starts)
        assert.deepEqual(await codes(guarded), ['home-assistant/bans-off'])
      })

      test('it is undone to what it was', async () => {
        const { stable } = await state()
        const outcome = await guarded.run({ ...wished, proxy: mustBeRange('127.0.0.9') })
        assert.ok(outcome.is === 'settled')
        assert.notDeepEqual((await state()).stable, stable)
        await guarded.undo(outcome.did)
        assert.deepEqual((await state()).stable, stable)
      })
    })

    suite(`${name}: a connection lost at each moment`, oneByOne, () => {
      let house: RealHomeAssistant
      before(async () => {
        house = await startRealHomeAssistant(found, {
          stable: { use_x_forwarded_for: true, trusted_proxies: ['127.0.0.1/32'] },
        })
      })
      after(() => house.close())

      const moments: readonly Omit<Moment, 'when'>[] = [
        { type: 'auth', nth: 1 },
        { type: 'get_config', nth: 1 },
        { type: 'call_service', nth: 1 },
        { type: 'http/config/configure', nth: 1 },
        // Of those that ask whether the restart is over.
        { type: 'http/config', nth: 4 },
        { type: 'http/config/promote', nth: 1 },
      ]
      for (const [i, { type, nth }] of moments.entries())
        for (const when of ['before', 'after'] as const)
          test(`${when} ${type} is heard: the next run finishes it, and nothing is done twice`, async () => {
            await using cutting = await cuttingProxy(house.port)
            const guarded = guardHome({ ...house, url: cutting.url })
            // One more each time, so that each has something to do.
            const address = `127.0.1.${2 * i + (when === 'before' ? 0 : 1)}`
            const wish = { ...wished, proxy: mustBeRange(address) }
            const starts = house.starts()
            const happened = cutting.cutAt({ type, nth, when })
            const first = await guarded.run(wish)
            await happened
            const second = await guarded.run(wish)
            assert.equal(second.is, 'settled', JSON.stringify([first, second]))
            const state = await guarded.port.httpState(never)
            assert.equal(state?.onTrial, false)
            assert.equal(state.pending, undefined)
            assert.ok(String(state.stable['trusted_proxies']).includes(address))
            assert.ok(house.starts() <= starts + 1, `${house.starts() - starts} restarts`)
          })
    })

    suite(`${name}: killed, and never run again`, oneByOne, () => {
      let house: RealHomeAssistant
      // Longer than a boot: a trial that ends while it starts would ask for a restart that nobody hears yet.
      before(async () => (house = await startRealHomeAssistant(found, { trialSeconds: 40 })))
      after(() => house.close())

      const moments: readonly Moment[] = [
        { type: 'http/config/configure', nth: 1, when: 'after' },
        { type: 'http/config/promote', nth: 1, when: 'before' },
      ]
      for (const { type, nth, when } of moments)
        test(`${when} ${type} is heard: it is on its old settings by itself`, async () => {
          await using cutting = await cuttingProxy(house.port)
          const before = await guardHome(house).port.httpState(never)
          const killed = new AbortController()
          void cutting.cutAt({ type, nth, when }).then(() => killed.abort())
          const ended = await guardHome({ ...house, url: cutting.url }).run(wished, killed.signal)
          assert.equal(ended.is, 'unsettled')
          const { port } = guardHome(house)
          const now = await port.waitFor(
            ({ pending, onTrial }) => !onTrial && pending?.error === 'not_promoted',
            300_000,
            never,
          )
          assert.deepEqual(now.stable, before?.stable)
          assert.equal((await port.outside(never)).acceptsProxy, false)
        })
    })

    suite(`${name}: what the migration left behind`, oneByOne, () => {
      let house: RealHomeAssistant
      // What it made of `trusted_proxies: 172.30.0.0/16` where releases before had lost the masks.
      const spoiled = { use_x_forwarded_for: true, trusted_proxies: ['172.30.0.0/32'] }
      before(async () => {
        house = await startRealHomeAssistant(found, {
          stable: spoiled,
          pending: { trusted_proxies: ['172.30.0.0/16'], error: 'not_promoted' },
          yaml: 'http:\n  use_x_forwarded_for: true\n  trusted_proxies: 172.30.0.0/16\n',
        })
      })
      after(() => house.close())

      test('spoiled masks, and the ignored block, are found and explained', async () => {
        const says = (await guardHome(house).check()).map(({ says: text }) => text).join('\n')
        assert.match(says, /took the masks .*172\.30\.0\.0\/32.*172\.30\.0\.0\/16/)
        assert.match(says, /configuration\.yaml still has `http:`, which Home Assistant ignores/)
        assert.match(
          says,
          /answers 400 .* its log says it saw 127\.0\.0\.1, and 127\.0\.0\.1\/32 is not among/,
        )
      })

      test('ours is added, and what is lost with it is said', async () => {
        const outcome = await guardHome(house).run()
        assert.ok(outcome.is === 'settled', JSON.stringify(outcome))
        assert.match(
          outcome.did.at(-1)?.says ?? '',
          /not_promoted: trusted proxies 172\.30\.0\.0\/16/,
        )
        const now = await guardHome(house).port.httpState(never)
        assert.deepEqual(now?.stable['trusted_proxies'], ['172.30.0.0/32', '127.0.0.1/32'])
      })
    })
  })
})

async function codes(guarded: ReturnType<typeof guardHome>) {
  return (await guarded.check()).map(({ code }) => code)
}

function hintOf(failure: unknown): string {
  return failure instanceof Error && 'hint' in failure ? String(failure.hint) : ''
}

/** As another administrator would, who waits while Home Assistant is busy with other settings. */
async function stage(port: Port, settings: Settings): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if ((await port.stage(settings, never)) !== 'busy') return
    await sleep(200)
  }
  assert.fail('Home Assistant stayed busy')
}

async function breakConfiguration({ folder }: RealHomeAssistant): Promise<() => Promise<void>> {
  const file = join(folder, 'configuration.yaml')
  const good = await readFile(file, 'utf8')
  await writeFile(file, good.replace('unit_system: metric', 'unit_system: none'))
  return () => writeFile(file, good)
}
