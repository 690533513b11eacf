import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'

import { addresses } from '../network/addresses.ts'
import { readCounters, resetCounters } from '../network/counters.ts'
import { must } from '../network/namespaces.ts'
import { visit, type Visited } from '../network/visit.ts'
import { tool } from '../toolbox/tool.ts'
import { startStory, type StoryHome } from './home.ts'

// From a token and an address to a home that is open through Cloudflare and closed to everybody else, by the true
// program on a machine of its own behind a router that really translates and filters. Packets decide.

const nft = await tool('nft')
const { router, home, edge } = addresses

suite('the whole chain, by the true program', { skip: 'missing' in nft && nft.missing }, () => {
  let story: StoryHome
  before(async () => {
    story = await startStory()
  })
  after(() => story.close())

  const fromOutside = async (to: string = edge.ipv4, name = story.name): Promise<Visited> =>
    await visit(story.net.visitor, { name, to, roots: story.roots, patience: 5 })
  /**
   * What reached Home Assistant while this was done: its packets with a message, and its requests. The keeper looks
   * there too, at its own times: whoever gets through does so at every try, and the keeper does not.
   */
  const reached = async (
    act: () => Promise<unknown>,
  ): Promise<{ packets: number; requests: number }> => {
    for (let tries = 1; ; tries++) {
      await resetCounters(story.net.homeAssistant)
      await story.house.forget()
      await act()
      const { asked } = await readCounters(story.net.homeAssistant)
      const counted = {
        packets: asked?.packets ?? -1,
        requests: (await story.house.seen()).length,
      }
      if (counted.packets === 0 || tries === 5) return counted
    }
  }

  test('plan shows what there is to do and does nothing', async () => {
    const { code, out, text } = await story.gatehouse('plan', '--json')
    assert.equal(code, 2, text)
    const { safeguards } = JSON.parse(out) as { safeguards: { name: string; steps: unknown[] }[] }
    const toDo = new Set(safeguards.filter(({ steps }) => steps.length > 0).map(({ name }) => name))
    assert.ok(toDo.has('dns-record') && toDo.has('certificate'), text)
    assert.deepEqual(await story.cloud.records(), [])
  })

  test('apply does it, and the home address is never published without the proxy', async () => {
    const { code, text } = await story.gatehouse('apply', '--yes')
    assert.equal(code, 0, text)
    assert.deepEqual((await story.cloud.records()).toSorted(), [
      `A ${story.name} ${router.ipv4} proxied`,
      `AAAA ${story.name} ${home.ipv6} proxied`,
    ])
    assert.equal(await story.cloud.everExposed(router.ipv4, home.ipv6), false)
  })

  test('a second plan has nothing to do', async () => {
    const { code, text } = await story.gatehouse('plan')
    assert.equal(code, 0, text)
  })

  test('a visitor gets in through the edge, over IPv4 and IPv6', async () => {
    await story.keep()
    for (const to of [edge.ipv4, edge.ipv6]) {
      const seen = await fromOutside(to)
      assert.equal(seen.status, 200, JSON.stringify(seen))
      assert.match(seen.body ?? '', /Home Assistant/u)
    }
    const visitors = (await story.house.seen()).map(({ visitor }) => visitor)
    assert.ok(
      visitors.includes(addresses.visitor.ipv4) || visitors.includes(addresses.visitor.ipv6),
      String(visitors),
    )
  })

  test('a stranger gets nothing, over IPv4 and IPv6, whatever the router does', async () => {
    for (const rules of ['edge-only', 'any-source'] as const) {
      await story.net.setRouter({ ipv4: rules, ipv6: 'edge-only' })
      const counted = await reached(async () => {
        for (const to of [router.ipv4, home.ipv6]) {
          const seen = await visit(story.net.stranger, { name: story.name, to })
          assert.deepEqual(
            { status: seen.status, bytes: seen.bytes },
            { status: undefined, bytes: 0 },
          )
        }
      })
      assert.deepEqual(counted, { packets: 0, requests: 0 })
      assert.equal((await fromOutside()).status, 200, 'closed to all is no proof')
    }
    await story.net.setRouter({ ipv4: 'edge-only', ipv6: 'edge-only' })
  })

  test('another customer of Cloudflare is refused, whatever name they ask for', async () => {
    await story.cloud.tenant('evil.example.net', router.ipv4)
    const counted = await reached(async () => {
      assert.equal((await fromOutside(edge.ipv4, 'evil.example.net')).status, 525)
      const { name } = story
      const bare = await visit(story.net.edge, { name, to: router.ipv4, from: edge.egress.ipv4 })
      assert.equal(bare.status, undefined, JSON.stringify(bare))
    })
    assert.deepEqual(counted, { packets: 0, requests: 0 })
    assert.equal((await fromOutside()).status, 200, 'closed to all is no proof')
  })

  const verified = async (): Promise<Verified> => {
    const { code, out, text } = await story.gatehouse('verify', '--json')
    const { proofs } = JSON.parse(out) as { proofs: { code: string; outcome: string }[] }
    return {
      code,
      text,
      outcome: (wanted) => proofs.find((proof) => proof.code === wanted)?.outcome,
    }
  }

  test('verify proves it from the vantage: every proof held', async () => {
    const { code, outcome, text } = await verified()
    assert.equal(code, 0, text)
    for (const wanted of ['origin/open', 'origin/open-ipv6', 'edge/unreachable']) {
      assert.equal(outcome(wanted), 'held', `${wanted}\n${text}`)
    }
  })

  test('"source port 443" closes the home to Cloudflare too, and verify does not take that for safe', async () => {
    await story.net.setRouter({ ipv4: 'source-port', ipv6: 'closed' })
    const { code, outcome, text } = await verified()
    assert.equal(code, 2, text)
    assert.equal(outcome('origin/not-reached'), 'broken', text)
    assert.equal(outcome('origin/open'), 'unknown', text)
    await story.net.setRouter({ ipv4: 'edge-only', ipv6: 'edge-only' })
  })

  test('a port that is forwarded past the gateway is found', async () => {
    // What people do first: Home Assistant's own port, to everybody.
    const to = `dnat ip to ${addresses.homeAssistant.ipv4}:8123`
    const rule = `add rule inet home forwarding iifname internet tcp dport 8123 ${to}`
    await must(story.net.router.inside(['nft', rule]))
    const { code, outcome, text } = await verified()
    assert.equal(code, 2, text)
    assert.equal(outcome('origin/open'), 'broken', text)
    assert.equal(outcome('origin/plain-http'), 'broken', text)
    await story.net.setRouter({ ipv4: 'edge-only', ipv6: 'edge-only' })
  })

  test('undo leaves the zone as it was', async () => {
    const { code, text } = await story.gatehouse('undo', '--yes')
    assert.equal(code, 0, text)
    assert.deepEqual(await story.cloud.records(), [])
  })
})

type Verified = {
  readonly code: number | null
  readonly text: string
  /** By the code of the proof: `held`, `broken` or `unknown`. */
  readonly outcome: (code: string) => string | undefined
}
