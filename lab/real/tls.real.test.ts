import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'

import { guardHome, wished } from '../convergence/home-assistant-guard.ts'
import { makeAuthority, type Authority, type Pair } from '../simulators/pki.ts'
import { onHomeAssistant } from './on-home-assistant.ts'
import { startRealHomeAssistant, type RealHomeAssistant } from './start.ts'

// TLS in Home Assistant itself, on the real ones of both worlds: one restart for the settings, one for each renewal, in the window.

const never = new AbortController().signal
const ranges = ['198.51.100.0/24', '2001:db8:e::/48']
const at = (hour: number, minute: number): Date => new Date(2026, 10, 25, hour, minute)

await onHomeAssistant(['newest', '2026.2'], (found) => {
  suite(`Home Assistant ${found.version}: TLS in it, kept by Gatehouse`, () => {
    let house: RealHomeAssistant
    let authority: Authority
    const clock = { now: at(12, 0) }
    let guarded: ReturnType<typeof guardHome>
    before(async () => {
      authority = await makeAuthority('Lab CA')
      house = await startRealHomeAssistant(found, { trialSeconds: 120 })
      guarded = guardHome({
        ...house,
        configurationFolder: house.folder,
        certificateFolder: house.folder,
        now: () => clock.now,
      })
    })
    after(() => house.close())

    const pair = (): Promise<Pair> => authority.issue({ names: ['ha.example.com'] })
    const put = async (certificate: Pair, key = certificate): Promise<string> => {
      await writeFile(join(house.folder, 'fullchain.pem'), certificate.certificatePem)
      await writeFile(join(house.folder, 'privkey.pem'), key.keyPem)
      return new X509Certificate(certificate.certificatePem).fingerprint256
    }
    const wish = () => ({
      ...wished,
      tls: 'home-assistant' as const,
      edgeRanges: ranges,
      formerRanges: [],
      files: {
        certificate: join(house.folder, 'fullchain.pem'),
        key: join(house.folder, 'privkey.pem'),
      },
      restartWindow: { from: 180, to: 300 },
    })
    const served = async () => (await guarded.port.outside(never)).certificate
    const findings = async () => await guarded.check(wish())
    const settled = async () => {
      const outcome = await guarded.run(wish())
      assert.ok(outcome.is === 'settled', JSON.stringify(outcome))
      return outcome
    }

    test('a pair that does not belong together never reaches it', async () => {
      await put(await pair(), await pair())
      clock.now = at(3, 0)
      assert.match((await settled()).left.join(), /it belongs to another key/)
      assert.equal(house.starts(), 1)
    })

    test('in the window one restart: it serves the pair, and trusts the edge', async () => {
      const fingerprint = await put(await pair())
      clock.now = at(12, 0)
      assert.match((await settled()).left.join(), /between 03:00 and 05:00/)
      assert.equal(house.starts(), 1)
      clock.now = at(3, 0)
      await settled()
      assert.equal(house.starts(), 2)
      assert.equal((await served())?.fingerprint, fingerprint)
      assert.deepEqual((await settled()).did, [])
      assert.deepEqual(
        (await findings()).map(({ code }) => code),
        ['home-assistant/bans-off'],
      )
    })

    test('after a renewal exactly one restart, in the window', async () => {
      const old = await served()
      const renewed = await put(await pair())
      for (const time of [at(12, 0), at(2, 59), at(5, 0)]) {
        clock.now = time
        assert.match((await settled()).left.join(), /takes the new certificate with a restart/)
      }
      assert.equal((await served())?.fingerprint, old?.fingerprint)
      assert.ok((await findings()).some(({ code }) => code === 'home-assistant/restart-due'))
      const starts = house.starts()
      for (const time of [at(3, 0), at(3, 5), at(4, 59)]) {
        clock.now = time
        await settled()
      }
      assert.equal(house.starts(), starts + 1)
      assert.equal((await served())?.fingerprint, renewed)
    })

    test('in recovery mode it is known by its emergency certificate; the right pair and one restart mend it', async () => {
      await put(await pair(), await pair())
      await guarded.port.restart(300_000, never).catch(() => undefined)
      while ((await served().catch(() => undefined))?.isEmergency !== true)
        await new Promise((done) => setTimeout(done, 100))
      const says = (await findings()).map((each) => `${each.code} ${each.says}`).join('\n')
      assert.match(says, /home-assistant\/recovery-mode .*emergency certificate/)
      const mended = await put(await pair())
      clock.now = at(3, 0)
      const starts = house.starts()
      await settled()
      assert.equal(house.starts(), starts + 1)
      assert.equal((await served())?.fingerprint, mended)
      assert.ok(!(await findings()).some(({ code }) => code === 'home-assistant/recovery-mode'))
    })
  })
})
