import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { after, before, beforeEach, suite, test } from 'node:test'

import { makeAuthority, type Pair } from '../simulators/pki.ts'
import { tool } from '../toolbox/tool.ts'
import { startActor, type Actor } from './actor.ts'
import type { Cloud } from './actors/cloud.ts'
import type { GatewayDeeds, GatewaySetup } from './actors/gateway.ts'
import type { House } from './actors/house.ts'
import { addresses } from './addresses.ts'
import { readCounters, resetCounters } from './counters.ts'
import { createTopology, type Topology } from './topology.ts'
import { visit, type Visited } from './visit.ts'

// The ground that the stories stand on: do the packets go where the picture says, and nowhere else?
// The gateway runs alone here, set up by hand; what is judged is counted where it must not arrive.

const nft = await tool('nft')
const name = 'ha.example.com'
const { router, home, homeAssistant, edge } = addresses

suite('the network, with the gateway in it', { skip: 'missing' in nft && nft.missing }, () => {
  let net: Topology
  let cloud: Actor<Cloud>
  let house: Actor<House>
  let gateway: Actor<GatewayDeeds>
  let roots: string
  let presented: Readonly<Record<string, Pair>>

  before(async () => {
    net = await createTopology({ ipv4: 'edge-only', ipv6: 'edge-only' })
    const actor = (file: string): string => join(import.meta.dirname, 'actors', file)
    cloud = await startActor<Cloud>(net.edge, actor('cloud.ts'), 'example.com')
    house = await startActor<House>(net.homeAssistant, actor('house.ts'), true)

    // The edge trusts nobody here but itself, so the zone asks for encryption without a check of the name.
    await cloud.setSetting('ssl', 'full')
    const origin = await (await makeAuthority('origin')).issue({ names: [name] })
    const pulls = await makeAuthority('pulls of this home')
    const leaf = await pulls.issue({ names: [name], clientAuth: true })
    const shared = await makeAuthority('pulls of all customers')
    const revoked = await pulls.issue({ names: [name], clientAuth: true })
    const hour = 3_600_000
    presented = {
      good: leaf,
      shared: await shared.issue({ names: ['all'], clientAuth: true }),
      revoked,
      expired: await pulls.issue({
        names: [name],
        clientAuth: true,
        notBefore: new Date(Date.now() - 2 * hour),
        notAfter: new Date(Date.now() - hour),
      }),
      'for servers': await pulls.issue({ names: [name] }),
    }
    await cloud.usePulls(name, leaf.certificatePem, leaf.keyPem)
    gateway = await startActor<GatewayDeeds>(net.home, actor('gateway.ts'), {
      name,
      chainPem: origin.certificatePem,
      keyPem: origin.keyPem,
      pullsAuthority: pulls.certificatePem,
      revoked: [new X509Certificate(revoked.certificatePem).fingerprint256],
    } satisfies GatewaySetup)
    roots = (await cloud.facts()).webRoot
    await cloud.tenant('evil.example.net', router.ipv4)
  })
  after(() => net.close())
  beforeEach(async () => {
    await net.setRouter({ ipv4: 'edge-only', ipv6: 'edge-only' })
    await cloud.setRecord('A', name, router.ipv4)
    await cloud.removeRecord('AAAA', name)
    await house.forget()
    for (const host of [net.router, net.home, net.homeAssistant]) await resetCounters(host)
  })
  const throughEdge = async (to: string = edge.ipv4, asked = name): Promise<Visited> =>
    // The edge itself waits three seconds for an origin that says nothing.
    await visit(net.visitor, { name: asked, to, roots, patience: 5 })

  /** How many packets came: to the home from the edge and from others, and with a message to Home Assistant. */
  const packets = async (): Promise<Record<string, number>> => {
    const { edge, others } = await readCounters(net.home)
    const { asked } = await readCounters(net.homeAssistant)
    return { edge: edge?.packets ?? -1, others: others?.packets ?? -1, asked: asked?.packets ?? -1 }
  }

  test('a visitor gets in through the edge, and Home Assistant sees who it is', async () => {
    const seen = await throughEdge()
    assert.equal(seen.status, 200, JSON.stringify(seen))
    assert.match(seen.body ?? '', /Home Assistant/u)
    assert.deepEqual(
      (await house.seen()).map(({ peer, visitor }) => ({ peer, visitor })),
      [{ peer: home.ipv4, visitor: addresses.visitor.ipv4 }],
    )
    const counted = await packets()
    assert.ok((counted['edge'] ?? 0) > 0 && (counted['asked'] ?? 0) > 0, JSON.stringify(counted))
    assert.equal(counted['others'], 0)
  })

  test('a stranger who knows the address gets nothing: no packet of theirs passes the router', async () => {
    const asks = [
      { port: 443 },
      { port: 80, scheme: 'http' },
      { port: 8123, scheme: 'http' },
    ] as const
    const seen = asks.map(
      async (ask) => await visit(net.stranger, { name, to: router.ipv4, ...ask }),
    )
    const nothing = { error: 'ETIMEDOUT', bytes: 0 }
    assert.deepEqual(await Promise.all(seen), [nothing, nothing, nothing])
    assert.deepEqual(await packets(), { edge: 0, others: 0, asked: 0 })
    const { asked_others: border } = await readCounters(net.router)
    assert.ok((border?.packets ?? 0) >= 3, 'they did knock')
  })

  test('with an open forward the gateway still gives a stranger not one byte', async () => {
    await net.setRouter({ ipv4: 'any-source', ipv6: 'closed' })
    const seen = await visit(net.stranger, { name, to: router.ipv4 })
    assert.deepEqual(seen, { error: 'ECONNRESET', bytes: 0 })
    const counted = await packets()
    assert.ok((counted['others'] ?? 0) > 0, 'the open forward let them through to the gateway')
    assert.equal(counted['asked'], 0)
    assert.equal((await throughEdge()).status, 200)
  })

  test('another customer of Cloudflare reaches the gateway, and no further', async () => {
    const before = await gateway.counters()
    const seen = await throughEdge(edge.ipv4, 'evil.example.net')
    assert.equal(seen.status, 525, 'the edge says that the handshake failed')
    // The name is not secret: they may connect from an address of Cloudflare and ask for it.
    const bare = await visit(net.edge, { name, to: router.ipv4, from: edge.egress.ipv4 })
    assert.equal(bare.status, undefined, JSON.stringify(bare))
    const counted = await packets()
    assert.ok((counted['edge'] ?? 0) > 0)
    assert.equal(counted['asked'], 0)
    const { refused } = await gateway.counters()
    assert.equal(refused['no-client-certificate'], before.refused['no-client-certificate'] + 1)
  })

  test('from an address of Cloudflare only the right certificate opens: with every other 0 bytes of HTTP reach the home', async () => {
    const as = async (certificate?: Pair): Promise<Visited> =>
      await visit(net.edge, {
        name,
        to: router.ipv4,
        from: edge.egress.ipv4,
        ...(certificate ? { certificate } : {}),
      })
    for (const kind of [undefined, 'shared', 'expired', 'revoked', 'for servers']) {
      const seen = await as(kind === undefined ? undefined : presented[kind])
      assert.equal(seen.status, undefined, `${kind}: ${JSON.stringify(seen)}`)
    }
    const counted = await packets()
    assert.ok((counted['edge'] ?? 0) > 0, 'they did come')
    assert.equal(counted['asked'], 0)
    assert.deepEqual(await house.seen(), [])
    assert.equal((await as(presented['good'])).status, 200, 'closed to all is no proof')
    assert.ok(((await packets())['asked'] ?? 0) > 0)
  })

  test('"source port 443" keeps everybody out, Cloudflare too', async () => {
    await net.setRouter({ ipv4: 'source-port', ipv6: 'closed' })
    assert.equal((await throughEdge()).status, 522)
    assert.deepEqual(await packets(), { edge: 0, others: 0, asked: 0 })
    const { asked_edge: border } = await readCounters(net.router)
    assert.ok((border?.packets ?? 0) > 0, 'the edge did knock')
  })

  test('without a forward the edge says that the home does not answer', async () => {
    await net.setRouter({ ipv4: 'none', ipv6: 'closed' })
    assert.equal((await throughEdge()).status, 522)
  })

  test('IPv6: in through the edge, and nothing for a stranger', async () => {
    await cloud.removeRecord('A', name)
    await cloud.setRecord('AAAA', name, home.ipv6)
    const seen = await throughEdge(edge.ipv6)
    assert.equal(seen.status, 200, JSON.stringify(seen))
    assert.deepEqual(
      (await house.seen()).map(({ visitor }) => visitor),
      [addresses.visitor.ipv6],
    )

    assert.deepEqual(await visit(net.stranger, { name, to: home.ipv6 }), {
      error: 'ETIMEDOUT',
      bytes: 0,
    })
    assert.equal((await packets())['others'], 0)
  })

  test('IPv6: a filter that is open shows Home Assistant itself to the world, past the gateway', async () => {
    await net.setRouter({ ipv4: 'edge-only', ipv6: 'any-source' })
    assert.deepEqual(await visit(net.stranger, { name, to: home.ipv6 }), {
      error: 'ECONNRESET',
      bytes: 0,
    })
    const past = await visit(net.stranger, {
      name,
      to: homeAssistant.ipv6,
      port: 8123,
      scheme: 'http',
    })
    assert.equal(
      past.status,
      200,
      'this is why every address of the home is proven closed, not only the name',
    )
    assert.ok(((await packets())['asked'] ?? 0) > 0)
  })
})
