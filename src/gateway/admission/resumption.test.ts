import assert from 'node:assert/strict'
import type { TLSSocket } from 'node:tls'
import { suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { client, dial, edge, get, until, worldFor, type World } from '../../../lab/gateway/world.ts'
import type { Pair } from '../../../lab/simulators/pki.ts'

// A session that is resumed shows neither name nor certificate again. None of these may get in by it.

type Version = 'TLSv1.2' | 'TLSv1.3'

/** A session as the gateway gave it after a good (or tolerated) handshake and an answer. */
async function session(world: World, version: Version, pair?: Pair): Promise<Buffer> {
  const socket = dial(world, edge, {
    ...(pair ? client(pair) : {}),
    minVersion: version,
    maxVersion: version,
  })
  const ticket = new Promise<Buffer>((resolve) => socket.once('session', resolve))
  socket.write(get())
  assert.match(await until(socket, /hello/), /200/)
  const given = await ticket
  socket.destroy()
  return given
}

type Seen = { readonly reused: boolean; readonly text: string }

async function resume(
  world: World,
  version: Version,
  ticket: Buffer,
  more: { readonly servername?: string; readonly pair?: Pair } = {},
): Promise<Seen> {
  const socket: TLSSocket = dial(world, edge, {
    session: ticket,
    ...(more.pair ? client(more.pair) : {}),
    minVersion: version,
    maxVersion: version,
    ...(more.servername === undefined ? {} : { servername: more.servername }),
    checkServerIdentity: () => undefined,
  })
  let reused = false
  socket.on('error', () => undefined)
  socket.on('secureConnect', () => {
    reused = socket.isSessionReused()
    socket.write(get())
  })
  return { text: await until(socket, /never/), reused }
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  suite(`sessions over ${version}`, () => {
    test('with our certificate they are resumed', async (t) => {
      const world = await worldFor(t)
      const ticket = await session(world, version, world.leaf)
      const seen = await resume(world, version, ticket)
      assert.deepEqual([seen.reused, /200/.test(seen.text)], [true, true])
      assert.equal(world.gateway.counters().resumed, 1)
    })

    test('from a time without certificates they are worth nothing', async (t) => {
      const world = await worldFor(t, { pulls: { mode: 'optional', authorities: [] } })
      const ticket = await session(world, version)
      const authorities = [world.pullsCa.certificatePem]
      world.gateway.update({ pulls: { mode: 'required', authorities } })
      const before = world.ha.requests.length
      assert.equal((await resume(world, version, ticket)).text, '')
      assert.equal(world.ha.requests.length, before)
    })

    test('that were given without a certificate are no certificate', async (t) => {
      const world = await worldFor(t)
      world.gateway.update({
        pulls: { mode: 'optional', authorities: [world.pullsCa.certificatePem] },
      })
      const ticket = await session(world, version)
      const seen = await resume(world, version, ticket)
      assert.match(seen.text, /200/)
      assert.equal(seen.reused, true)
      assert.equal(world.gateway.counters().wouldRefuse, 2)
    })

    test('of an authority that is ours no more they are not resumed', async (t) => {
      const world = await worldFor(t)
      const ticket = await session(world, version, world.leaf)
      world.gateway.update({
        pulls: { mode: 'required', authorities: [world.otherCa.certificatePem] },
      })
      assert.equal((await resume(world, version, ticket)).text, '')
      assert.equal((await resume(world, version, ticket, { pair: world.leaf })).text, '')
    })

    test('end with their certificate', async (t) => {
      const world = await worldFor(t)
      const soon = await world.pullsCa.issue({
        names: ['edge'],
        clientAuth: true,
        notAfter: new Date(Date.now() + 2500),
      })
      const ticket = await session(world, version, soon)
      await sleep(3000)
      const seen = await resume(world, version, ticket)
      assert.equal(seen.text, '')
      assert.equal(world.gateway.counters().refused['no-client-certificate'], 1)
    })

    test('are no way in under another name', async (t) => {
      const world = await worldFor(t)
      const ticket = await session(world, version, world.leaf)
      const other = { servername: 'other.example.com' }
      // In TLS 1.2 the name of a resumed session is not to be had; it shows no certificate, and the Host counts.
      if (version === 'TLSv1.3')
        assert.equal((await resume(world, version, ticket, other)).text, '')
      world.gateway.update({ names: ['new.example.com'] })
      assert.equal((await resume(world, version, ticket)).text, '')
    })
  })
}

suite('open connections', () => {
  test('are closed when they would not be let in any more, after what is under way', async (t) => {
    const world = await worldFor(t, { pulls: { mode: 'off', authorities: [] } })
    const bare = dial(world, edge)
    bare.write(get().replace('Connection: close\r\n', ''))
    await until(bare, /hello/)
    const good = dial(world, edge, client(world.leaf))
    good.write(get().replace('Connection: close\r\n', ''))
    await until(good, /hello/)
    const authorities = [world.pullsCa.certificatePem]
    world.gateway.update({ pulls: { mode: 'optional', authorities } })
    const known = dial(world, edge, client(world.leaf))
    known.write(get().replace('Connection: close\r\n', ''))
    await until(known, /hello/)
    const closed = until(bare, /never/)
    world.gateway.update({ pulls: { mode: 'required', authorities } })
    await closed
    known.write(get())
    assert.match(await until(known, /hello/), /200/)
  })

  test('of a certificate that is revoked are closed, and it does not come in again', async (t) => {
    const world = await worldFor(t)
    const open = dial(world, edge, client(world.leaf))
    open.write(get().replace('Connection: close\r\n', ''))
    await until(open, /hello/)
    const seen = world.events.flatMap((event) =>
      event.is === 'pulls-seen' ? [event.fingerprint] : [],
    )
    const closed = until(open, /never/)
    world.gateway.update({
      pulls: { mode: 'required', authorities: [world.pullsCa.certificatePem], revoked: seen },
    })
    await closed
    const again = dial(world, edge, client(world.leaf))
    again.on('error', () => undefined)
    again.write(get())
    assert.equal(await until(again, /never/), '')
  })
})
