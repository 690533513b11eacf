import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, afterEach, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { startActor } from '../network/actor.ts'
import type { RouterDeeds } from '../network/actors/router.ts'
import { addresses } from '../network/addresses.ts'
import { openLine, shareAddress, startMiniupnpd, type Line } from '../network/provider.ts'
import { checkout } from '../toolbox/cache.ts'
import { tool } from '../toolbox/tool.ts'
import { startStory, type StoryHome } from './home.ts'

// The true program behind the real miniupnpd, while the provider does what providers do.

const nft = await tool('nft')
const miniupnpd = await tool('miniupnpd')
const missing =
  ('missing' in nft && nft.missing) || ('missing' in miniupnpd && miniupnpd.missing) || undefined
const { home } = addresses

suite('the provider changes the address of the home', { skip: missing }, () => {
  let story: StoryHome
  let line: Line
  before(async () => {
    if ('missing' in miniupnpd) return
    story = await startStory({ findsAddresses: true })
    line = await openLine(story.net, '11.22.33.1')
    await startMiniupnpd(story.net, miniupnpd.command)
    const { code, text } = await story.gatehouse('apply', '--yes')
    assert.equal(code, 0, text)
    await keepListening(story)
  })
  after(async () => {
    line?.close()
    await story?.close()
  })

  const becomes = async (content: string): Promise<void> => {
    const at = await story.cloud.recordBecame('A', story.name, content, 20_000)
    assert.ok(at, `the record is ${(await story.cloud.records()).join(', ')}`)
  }

  test('the record follows, for both families it is right from the start', async () => {
    assert.ok((await story.cloud.records()).includes(`AAAA ${story.name} ${home.ipv6} proxied`))
    line.moveTo('11.22.33.2')
    await becomes('11.22.33.2')
  })

  test('one change after the other, faster than connections are forgotten', async () => {
    for (let last = 3; last < 9; last++) {
      line.moveTo(`11.22.33.${last}`)
      await becomes(`11.22.33.${last}`)
    }
  })

  test('the line is down for a while: nothing is written, and the next address is', async () => {
    await story.cloud.contents('A', story.name)
    line.drop()
    await sleep(3000)
    assert.deepEqual(await story.cloud.contents('A', story.name), [])
    line.moveTo('11.22.33.20')
    await becomes('11.22.33.20')
  })

  test('another prefix of IPv6: the lasting address in it, never a temporary one', async () => {
    const { net } = story
    const dead = '2001:db8:7:1::2'
    const fresh = '2001:db8:7:1::42'
    const command = (...words: string[]) => net.home.exec(['ip', ...words])
    await command('address', 'add', `${fresh}/64`, 'dev', 'router', 'nodad')
    await command('address', 'change', `${dead}/64`, 'dev', 'router', 'preferred_lft', '0')
    const at = await story.cloud.recordBecame('AAAA', story.name, fresh, 20_000)
    assert.ok(at, (await story.cloud.records()).join(', '))
  })
})

suite('the provider shares one address among many', { skip: missing }, () => {
  let story: StoryHome | undefined
  let line: Line | undefined
  const closeAll = async (): Promise<void> => {
    line?.close()
    await story?.close()
  }
  afterEach(closeAll)

  const start = async (configuration: { ipv4?: string } = {}): Promise<StoryHome> => {
    story = await startStory({ findsAddresses: true, ...configuration })
    await shareAddress(story.net)
    line = await openLine(story.net, '100.72.1.2')
    return story
  }
  const outcomes = async (at: StoryHome): Promise<{ code: number | null; text: string }> =>
    await at.gatehouse('verify')

  test('a router that says so: IPv6 alone, by itself, and every proof holds', async () => {
    const at = await start()
    const file = join(checkout, 'lab/network/actors/router.ts')
    await startActor<RouterDeeds>(at.net.router, file, '100.72.1.2')
    const planned = await at.gatehouse('plan')
    assert.match(planned.text, /your provider shares the IPv4 address among many customers/u)
    const { code, text } = await at.gatehouse('apply', '--yes')
    assert.equal(code, 0, text)
    assert.deepEqual(await at.cloud.records(), [`AAAA ${at.name} ${home.ipv6} proxied`])
    await at.keep()
    const verified = await outcomes(at)
    assert.equal(verified.code, 0, verified.text)
  })

  test('a router that hides it, as miniupnpd does: said and offered, and works when it is taken', async () => {
    if ('missing' in miniupnpd) return
    const at = await start()
    await startMiniupnpd(at.net, miniupnpd.command)
    const { text } = await at.gatehouse('plan')
    assert.match(text, /says that it has no public address/u)
    assert.match(text, /set address\.ipv4 to none/u)
    await closeAll()

    const taken = await start({ ipv4: 'none' })
    await startMiniupnpd(taken.net, miniupnpd.command)
    const applied = await taken.gatehouse('apply', '--yes')
    assert.equal(applied.code, 0, applied.text)
    assert.deepEqual(await taken.cloud.records(), [`AAAA ${taken.name} ${home.ipv6} proxied`])
    await taken.keep()
    const verified = await outcomes(taken)
    assert.equal(verified.code, 0, verified.text)
  })
})

/** Done when `gatehouse run` listens to all that there is. */
async function keepListening(story: StoryHome): Promise<void> {
  let said = ''
  await story.keep((text) => (said += text))
  for (let tries = 0; !/listens to events[\s\S]*/u.test(said); tries++) {
    if (tries > 300) throw new Error(`it does not listen: ${said}`)
    await sleep(100)
  }
}
