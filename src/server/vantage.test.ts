import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { suite, test, type TestContext } from 'node:test'

import { askVantage } from '../adapters/vantage/service.ts'
import { addressOf, type Address } from '../core/address.ts'
import { Problem } from '../core/problem.ts'
import { Secret } from '../core/secret.ts'
import { probedPorts, startVantage, type VantageOptions } from './vantage.ts'

// The service and the adapter that asks it, over real sockets on loopback addresses of their own.

const never = new AbortController().signal

function addresses() {
  const prefix = `127.${randomInt(2, 250)}.${randomInt(2, 250)}`
  const home = addressOf(`${prefix}.2`)
  assert.ok(home)
  return { home, stranger: `${prefix}.100`, vantage: `${prefix}.99` }
}

async function vantageFor(t: TestContext, more: Partial<VantageOptions> = {}) {
  const at = addresses()
  const service = await startVantage({
    listen: { host: at.vantage, port: 0 },
    from: at.stranger,
    token: undefined,
    now: () => new Date(),
    ...more,
  })
  t.after(() => service.close())
  return { ...at, url: service.url }
}

async function listening(t: TestContext, server: Server, host: string, port: number) {
  server.listen(port, host)
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
}

const ask = (url: string, address: Address, ports: readonly number[], token?: Secret) =>
  askVantage({ url, token }, { address, ports, name: 'ha.example.com' }, never)

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(new URL('/probe', url), { method: 'POST', body: JSON.stringify(body), headers })

const isProblem = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof Problem && error.code === code && words.test(error.message)

suite('a vantage', () => {
  test('probes the address that asks, from the address it was given', async (t) => {
    const { home, stranger, url } = await vantageFor(t)
    const peers: (string | undefined)[] = []
    const house = createServer(({ socket }, response) => {
      peers.push(socket.remoteAddress)
      response.end('<title>Home Assistant</title> the family diary')
    })
    await listening(t, house, home.text, 8443)

    const said = await ask(url, home, probedPorts)

    assert.equal(said.you.text, home.text)
    assert.equal(said.from?.text, stranger)
    assert.deepEqual(
      said.results.map(({ port }) => port),
      probedPorts,
    )
    assert.deepEqual(
      said.results.filter(({ outcome }) => outcome.is !== 'refused').map(({ port }) => port),
      [8443],
    )
    assert.deepEqual([...new Set(peers)], [stranger])
    assert.ok(!JSON.stringify(said).includes('diary'), 'a body was passed on')
  })

  test('asked from an address that this machine does not have, says whom it saw', async (t) => {
    const { url } = await vantageFor(t)
    const said = await ask(url, { family: 'ipv4', text: '192.0.2.7' }, [8443])
    assert.notEqual(said.you.text, '192.0.2.7')
  })

  test('probes no other port, and no address that is named to it', async (t) => {
    const at = new Date()
    let second = 0
    const { url } = await vantageFor(t, { now: () => new Date(at.getTime() + 1000 * ++second) })
    for (const body of [{ ports: [22] }, { ports: [] }, { ports: [443, 25] }, {}, 'x', null])
      assert.equal((await post(url, body)).status, 400)
    const answer = await post(url, { ports: [8443], address: '192.0.2.1', you: '192.0.2.1' })
    assert.match(JSON.stringify(await answer.json()), /"you":"127\.0\.0\.1"/)
    assert.equal((await fetch(url)).status, 200)
    assert.equal((await fetch(new URL('/probe', url))).status, 404)
  })

  test('one question a second, and the adapter waits for its turn', async (t) => {
    const at = new Date()
    let later = 0
    const { home, url } = await vantageFor(t, { now: () => new Date(at.getTime() + later) })
    assert.equal((await post(url, { ports: [8443] })).status, 200)
    const refused = await post(url, { ports: [8443] })
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get('retry-after'), '1')
    later = 1000
    assert.equal((await post(url, { ports: [8443] })).status, 200)

    await ask(url, home, [8443])
    setTimeout(() => (later = 3000), 100)
    assert.equal((await ask(url, home, [8443])).results.length, 1)
  })

  test('a token is wanted where one is set', async (t) => {
    const { home, url } = await vantageFor(t, { token: new Secret('vantage token', 'correct') })
    assert.equal((await post(url, { ports: [8443] })).status, 401)
    const wrong = new Secret('vantage token', 'wrong-by-far')
    await assert.rejects(ask(url, home, [8443], wrong), isProblem('vantage/refused', /token/))
    const right = new Secret('vantage token', 'correct')
    assert.equal((await ask(url, home, [8443], right)).results.length, 1)
  })

  test('a question that is too long is cut off', async (t) => {
    const { url } = await vantageFor(t)
    await assert.rejects(post(url, { ports: [8443], name: 'x'.repeat(100_000) }))
    assert.equal((await fetch(url)).status, 200)
  })
})

suite('what is no vantage', () => {
  const answers: Readonly<Record<string, readonly [number, string]>> = {
    'a web page': [200, '<html>hello</html>'],
    'an empty answer': [200, ''],
    'no address': [200, '{"you":"somebody","results":[]}'],
    'an outcome nobody knows': [
      200,
      '{"you":"127.0.0.1","results":[{"port":443,"outcome":{"is":"fine"}}]}',
    ],
    'an error that looks like an answer': [500, '{"you":"127.0.0.1","results":[]}'],
    'an error': [503, '{"error":"the probes did not end"}'],
    'an answer without an end': [200, 'x'.repeat(200_000)],
  }
  for (const [what, [status, text]] of Object.entries(answers)) {
    test(`${what} is no proof`, async (t) => {
      const { home, vantage } = addresses()
      const server = createServer((_request, response) => {
        response.statusCode = status
        response.end(text)
      })
      await listening(t, server, vantage, 9443)
      await assert.rejects(
        ask(`http://${vantage}:9443`, home, [443]),
        isProblem('vantage/no-answer', /vantage/),
      )
    })
  }

  test('nothing there is no proof', async () => {
    const { home, vantage } = addresses()
    await assert.rejects(
      ask(`http://${vantage}:9443`, home, [443]),
      isProblem('vantage/no-answer', /cannot be reached/),
    )
  })
})
