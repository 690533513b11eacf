import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { startActor, type Actor } from '../network/actor.ts'
import type { Listener } from '../network/actors/listener.ts'
import { addresses } from '../network/addresses.ts'
import { openLine, startMiniupnpd, type Line, type Miniupnpd } from '../network/provider.ts'
import { createTopology, type Topology } from '../network/topology.ts'
import { tool } from '../toolbox/tool.ts'

// Our side of NAT-PMP, PCP and UPnP against the daemon that most home routers run, which nobody here wrote.

const nft = await tool('nft')

for (const version of ['miniupnpd', 'miniupnpd-sid'] as const) {
  const miniupnpd = await tool(version)
  const missing =
    ('missing' in nft && nft.missing) || ('missing' in miniupnpd && miniupnpd.missing) || undefined
  suite(`${version} as the router`, { skip: missing }, () => {
    let net: Topology
    let line: Line
    let daemon: Miniupnpd
    let home: Actor<Listener>
    before(async () => {
      if ('missing' in miniupnpd) return
      net = await createTopology({ ipv4: 'none', ipv6: 'closed' })
      line = await openLine(net, '11.22.33.1')
      daemon = await startMiniupnpd(net, miniupnpd.command)
      const file = join(import.meta.dirname, '../network/actors/listener.ts')
      home = await startActor<Listener>(net.home, file, addresses.router.lan)
    })
    after(async () => {
      line?.close()
      await net?.close()
    })

    test('the default gateway is the router', async () => {
      assert.equal(await home.gateway(), addresses.router.lan)
    })

    test('it tells its address by NAT-PMP, and by UPnP the same', async () => {
      const said = await home.word()
      assert.deepEqual(said.word, { is: 'address', address: '11.22.33.1', by: 'NAT-PMP' })
      assert.equal(await home.wordByUpnp(), '11.22.33.1')
    })

    test('every change is announced and sent as an event, of which none is lost', async () => {
      await home.listen()
      for (let last = 2; last <= 6; last++) {
        await home.heard()
        line.moveTo(`11.22.33.${last}`)
        await until(async () => {
          const { announcements, events } = await home.counted()
          return announcements > 0 && events > 0
        })
        await until(async () => (await home.word()).word.address === `11.22.33.${last}`)
      }
    })

    test('while the line is down it says that it has none', async () => {
      line.drop()
      await until(async () => (await home.word()).word.is === 'none')
      line.moveTo('11.22.33.7')
      await until(async () => (await home.word()).word.address === '11.22.33.7')
    })

    test('a shared address: it does not say which, and that is not taken for silence', async () => {
      line.moveTo('100.72.1.2')
      await until(async () => (await home.word()).word.is === 'none')
      line.moveTo('11.22.33.8')
      await until(async () => (await home.word()).word.address === '11.22.33.8')
    })

    test('that it was started again is noticed by its epoch', async () => {
      await sleep(3000)
      assert.equal((await home.word()).beganAnew, false)
      if ('missing' in miniupnpd) return
      await daemon.stop()
      daemon = await startMiniupnpd(net, miniupnpd.command)
      await until(async () => (await home.word()).beganAnew)
    })

    test('no port was ever mapped', async () => {
      const { out } = await net.router.exec(['nft', 'list', 'ruleset'])
      assert.doesNotMatch(out, /dnat (?:ip )?to|redirect/u)
    })
  })
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await condition()) return
    await sleep(20)
  }
  throw new Error('it did not come about within six seconds')
}
