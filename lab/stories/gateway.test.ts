import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'

import { limitsOf } from '../../src/config/resolve-limits.ts'
import { limits } from '../../src/config/limits-schema.ts'
import { defaultLimits } from '../../src/gateway/limits.ts'
import { until } from '../telling/server.ts'
import { publicPort, startWorld, type World } from '../world/world.ts'

test('without a word of the owner the limits are those of the gateway', () => {
  const usual = limitsOf(limits.parse({}))
  for (const [name, value] of Object.entries(usual))
    assert.equal(value, defaultLimits[name as keyof typeof usual], name)
})

test('a limit of the configuration is the one that holds; what the gateway sees is shown', async (t) => {
  const world = await startWorld({ withVantage: false })
  t.after(() => world.close())
  assert.equal((await world.run(['apply', '--yes'])).code, 0)
  const file = join(world.folder, 'gatehouse.yaml')
  const before = await readFile(file, 'utf8')
  const after = before.replace('gateway: {', 'gateway: { limits: { header_seconds: 1 },')
  assert.notEqual(after, before)
  await writeFile(file, after)
  await world.start(['run'], /Ctrl-C stops it/)

  const begun = performance.now()
  const say = async (words: string): Promise<string> => {
    const socket = await dial(world)
    socket.write(words)
    return await text(socket)
  }
  assert.match(await say(`GET / HTTP/1.1\r\nHost: ${world.name}\r\n`), /^HTTP\/1\.1 408 /)
  assert.ok(performance.now() - begun < 10_000)

  const attempt = `POST /auth/login_flow/1 HTTP/1.1\r\nHost: ${world.name}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`
  const answers = await Promise.all(Array.from({ length: 22 }, () => say(attempt)))
  assert.ok(answers.some((answer) => answer.startsWith('HTTP/1.1 429 ')))

  const follows = await world.start(['gateway', 'trace', '127.0.0.1'], /waits for the next/)
  const lines: string[] = []
  follows.stdout?.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
  const ended = once(follows, 'exit')
  const page = `GET /nowhere?token=secret HTTP/1.1\r\nHost: ${world.name}\r\nConnection: close\r\n\r\n`
  for (let tries = 0; lines.length === 0 && tries < 50; tries++) {
    await say(page)
    await sleep(100)
  }
  assert.deepEqual(await ended, [0, null])
  const traced = lines.join('')
  assert.match(traced, /let in: 127\.0\.0\.1 \(local\), TLSv1\.3 .*\n.* GET \/nowhere from 127/)
  assert.match(traced, /answered: \d+, \d+ bytes\n.*closed\n$/)
  assert.doesNotMatch(traced, /secret/)

  const asJson = world.run(['gateway', 'trace', '127.0.0.1', '--json'])
  const isOver = asJson.then(() => true)
  for (let tries = 0; tries < 50; tries++) {
    await say(page)
    if (await Promise.race([isOver, sleep(100, false)])) break
  }
  const { code, stdout: told } = await asJson
  assert.equal(code, 0)
  assert.match(
    told,
    /^\{\n {2}"address": "127\.0\.0\.1",\n {2}"events": \[[^]*"is": "closed"[^]*\n\}\n$/,
  )

  const waiting = await world.start(['gateway', 'trace', '203.0.113.9'], /waits for the next/)
  waiting.kill('SIGINT')
  assert.deepEqual(await once(waiting, 'exit'), [0, null], 'who waited in vain may stop')

  const shown = await world.run(['gateway', 'show'])
  assert.equal(shown.code, 0, shown.stderr)
  assert.match(shown.stdout, /refused most\n\s+127\.0\.0\.1 .*sign-in \d/)
  assert.doesNotMatch(
    shown.stdout,
    /127\.0\.0\.1 .*handshake \d/,
    'our own looks end their handshakes',
  )
  assert.match(shown.stdout, /half within \d+ ms/)
  assert.equal((await world.run(['gateway', 'trace', 'somebody'])).code, 64)

  const { stdout } = await world.run(['status'])
  assert.match(stdout, /127\.0\.0\.1 tried to sign in 21 times .*\(sign-in\/refused/)
})

test('limits are taken over by a running keeper, which says of Home Assistant that it restarts it', async (t) => {
  const world = await startWorld({ withVantage: false, homeAssistant: { restartMs: 2500 } })
  t.after(() => world.close())
  assert.equal((await world.run(['apply', '--yes'])).code, 0)
  const keeper = await world.start(['run'], /Ctrl-C stops it/)
  let said = ''
  keeper.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const reload = async (from: string, to: string): Promise<void> => {
    const file = join(world.folder, 'gatehouse.yaml')
    const before = await readFile(file, 'utf8')
    assert.ok(before.includes(from))
    await writeFile(file, before.replace(from, to))
    said = ''
    keeper.kill('SIGHUP')
  }
  const heard = (what: RegExp): Promise<void> =>
    until(
      () => what.test(said),
      () => said,
    )
  const open = () => dial(world)
  const ask = async (socket: TLSSocket): Promise<string> => {
    socket.write(`GET /manifest.json HTTP/1.1\r\nHost: ${world.name}\r\n\r\n`)
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    return chunk.toString()
  }

  const kept = await open()
  assert.match(await ask(kept), /^HTTP\/1\.1 200 /)
  await reload('gateway: {', 'gateway: { limits: { header_seconds: 1 },')
  await heard(/limits and local networks of the configuration count/)
  assert.match(await ask(kept), /^HTTP\/1\.1 200 /, 'no connection is lost by it')
  kept.destroy()
  const slow = await open()
  slow.write('GET / HTTP/1.1\r\n')
  assert.match(await text(slow), /^HTTP\/1\.1 408 /)
  await reload('header_seconds: 1', 'header_seconds: never')
  await heard(/error: [^]*header_seconds/)

  const { state } = world.homeAssistant
  delete state.stable.trusted_proxies
  delete state.stable.use_x_forwarded_for
  keeper.kill('SIGHUP')
  await until(
    async () => {
      const socket = await open()
      const answer = await ask(socket)
      socket.destroy()
      return answer.includes('Gatehouse is restarting it')
    },
    () => said,
  )
  await until(
    () => state.stable.use_x_forwarded_for === true,
    () => said,
  )
})

/** As a machine at home. */
async function dial({ addresses, name }: World): Promise<TLSSocket> {
  const socket = connect({
    host: addresses.home,
    port: publicPort,
    servername: name,
    rejectUnauthorized: false,
  })
  await once(socket, 'secureConnect')
  return socket
}
