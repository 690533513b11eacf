import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { ConnectionOptions } from 'node:tls'
import { WebSocket, type ClientOptions } from 'ws'

import { until } from '../telling/server.ts'
import { publicPort, startWorld, type World } from '../world/world.ts'

/** What was asked of it: within five seconds, whatever it is in the middle of. */
const longest = 5000

suite('stopped by whoever started it', () => {
  test('with WebSockets open, which are told to go; and a proof under way', async (t) => {
    const world = await startWorld()
    t.after(() => world.close())
    assert.equal((await world.run(['apply', '--yes'])).code, 0)
    const keeper = await world.start(['run'], /Ctrl-C stops it/)
    const sockets = await Promise.all([1, 2, 3].map(() => openSocket(world)))
    const told = sockets.map(async (socket) => (await once(socket, 'close'))[0] as unknown)

    keeper.kill('SIGHUP')
    assert.equal(await stop(keeper, 'SIGTERM'), 0)
    assert.deepEqual(await Promise.all(told), [1001, 1001, 1001])
  })

  test('in the middle of an order: the next run has its certificate, and no challenge is left', async (t) => {
    const world = await startWorld({ withVantage: false })
    t.after(() => world.close())
    world.cloudflare.lag(1, 120_000)
    const first = await world.start(['apply', '--yes'], /./)
    await challenged(world)
    assert.equal(await stop(first, 'SIGINT'), 130)

    await appliesCleanly(world)

    // The same, while it keeps: somebody deleted the certificate, and the account that is known to hold the name.
    const keeper = await world.start(['run'], /Ctrl-C stops it/)
    world.cloudflare.lag(1, 120_000)
    for (const lost of ['account', 'certificate/live'])
      await rm(join(world.folder, 'gatehouse-data', lost), { recursive: true })
    keeper.kill('SIGHUP')
    await challenged(world)
    assert.equal(await stop(keeper, 'SIGTERM'), 0)

    await appliesCleanly(world)
  })
})

const challenges = ({ zone, name }: World): number =>
  zone.records.filter((record) => record.name === `_acme-challenge.${name}`).length

const challenged = (world: World): Promise<void> =>
  until(
    () => challenges(world) > 0,
    () => 'the challenge is there',
  )

/** With name servers that are in time again. */
async function appliesCleanly(world: World): Promise<void> {
  world.cloudflare.lag(1, 0)
  const { code, stderr } = await world.run(['apply', '--yes'])
  assert.equal(code, 0, stderr)
  assert.equal(challenges(world), 0)
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const started = performance.now()
  const ended = once(child, 'exit')
  child.kill(signal)
  const [code] = (await ended) as [number | null]
  const took = performance.now() - started
  assert.ok(took < longest, `stopped only after ${Math.round(took)} ms: ${said}`)
  return code
}

async function openSocket({ addresses, name }: World): Promise<WebSocket> {
  const options: ClientOptions & ConnectionOptions = {
    servername: name,
    headers: { host: `${name}:${publicPort}` },
    rejectUnauthorized: false,
  }
  const socket = new WebSocket(`wss://${addresses.home}:${publicPort}/api/websocket`, options)
  await once(socket, 'message')
  return socket
}
