import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'

import { z } from 'zod'

import { ask, converse } from '../wire.ts'
import {
  bearer,
  forwarded,
  notices,
  read,
  result,
  say,
  setHttp,
  setProxies,
  type Home,
  type Start,
  type World,
} from './home.ts'

/** Whom it believes about the visitor. */
export function proxyContract(name: string, world: World, start: Start): void {
  suite(`${name}: behind a proxy`, () => {
    let home: Home
    before(async () => {
      home = await start({})
    })
    after(() => home.close())

    test('by default, whatever says it was forwarded is refused, and the log says from whom', async () => {
      const refused = await forwarded(home, '198.18.0.1', { from: '127.0.0.7' })
      assert.equal(refused.status, 400)
      assert.equal(refused.text, '400: Bad Request')
      assert.equal((await ask(home.url, '/manifest.json', { from: '127.0.0.7' })).status, 200)
      const log = await ask(home.url, '/api/error_log', { headers: bearer(home) })
      assert.match(
        log.text,
        /A request from a reverse proxy was received from 127\.0\.0\.7, but your HTTP integration is not set-up for reverse proxies/,
      )
    })

    test('a proxy that is trusted says who the visitor is', async () => {
      await setProxies(home, world, ['127.0.0.1/32', '192.0.2.0/24'])
      // Of each: what the proxy says, and whether the visitor is one of the house. `refused` is a 400.
      const cases: readonly [string | readonly string[], boolean | 'refused', object?][] = [
        ['198.18.0.1', false],
        ['2001:db8::1', false],
        ['10.0.0.5', true],
        ['fd00::5', true],
        ['198.18.0.1, 192.0.2.9', false],
        ['10.0.0.5, 192.0.2.9', true],
        ['10.0.0.5, 198.18.0.1', false],
        ['198.18.0.1, 10.0.0.5', true],
        [['198.18.0.1', '10.0.0.5'], true],
        ['192.0.2.1, 192.0.2.2', false],
        ['127.0.0.1', true],
        ['', 'refused'],
        ['nobody', 'refused'],
        ['198.18.0.1:443', 'refused'],
        ['198.18.0.1, ', 'refused'],
        ['198.18.0.1', false, { 'x-forwarded-proto': 'https' }],
        ['198.18.0.1', 'refused', { 'x-forwarded-proto': 'https, http' }],
        ['198.18.0.1, 192.0.2.9', false, { 'x-forwarded-proto': 'https, http' }],
        ['198.18.0.1', 'refused', { 'x-forwarded-proto': '' }],
        ['198.18.0.1, 192.0.2.9', 'refused', { 'x-forwarded-proto': 'https,' }],
        ['198.18.0.1', false, { 'x-forwarded-host': 'ha.example.com' }],
        ['198.18.0.1', 'refused', { 'x-forwarded-host': '' }],
        // The edge says it too; nobody listens.
        ['198.18.0.1', false, { 'cf-connecting-ip': '10.0.0.5' }],
      ]
      for (const [chain, atHome, headers] of cases) {
        const answer = await forwarded(home, chain, { headers })
        const seen = answer.status === 400 ? 'refused' : read(answer.text)['preselect_remember_me']
        assert.equal(seen, atHome, `${JSON.stringify(chain)} ${JSON.stringify(headers)}`)
      }
      // Without the header the peer is the visitor.
      assert.equal(
        read((await ask(home.url, '/auth/providers')).text)['preselect_remember_me'],
        true,
      )
    })

    test('from anybody else it is refused, and the log says from whom', async () => {
      assert.equal((await forwarded(home, '198.18.0.1', { from: '127.0.0.7' })).status, 400)
      const log = await ask(home.url, '/api/error_log', { headers: bearer(home) })
      assert.match(log.text, /Received X-Forwarded-For header from an untrusted proxy 127\.0\.0\.7/)
      const told = z
        .array(z.object({ name: z.string(), message: z.array(z.string()) }))
        .parse(result(await say(home, { type: 'system_log/list' })))
        .filter(({ name: logger }) => logger === 'homeassistant.components.http.forwarded')
      assert.ok(
        told.some(({ message }) =>
          message.includes('Received X-Forwarded-For header from an untrusted proxy 127.0.0.7'),
        ),
      )
    })

    test('the WebSocket obeys the same rules', async () => {
      const open = (from: string) =>
        ask(home.url, '/api/websocket', {
          from,
          headers: {
            connection: 'Upgrade',
            upgrade: 'websocket',
            'sec-websocket-version': '13',
            'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
            'x-forwarded-for': '198.18.0.1',
          },
        })
      assert.equal((await open('127.0.0.1')).status, 101)
      assert.equal((await open('127.0.0.7')).status, 400)
    })

    test('after a threshold of failures a visitor is banned, and no other', async () => {
      await setHttp(home, world, { login_attempts_threshold: 2, ip_ban_enabled: true })
      const fails = () =>
        ask(home.url, '/api/config', { headers: { 'x-forwarded-for': '198.18.0.66' } })
      assert.equal((await fails()).status, 401)
      assert.equal((await fails()).status, 401)
      assert.equal((await fails()).status, 403)
      const page = (visitor: string) =>
        ask(home.url, '/manifest.json', { headers: { 'x-forwarded-for': visitor } })
      assert.equal((await page('198.18.0.66')).status, 403)
      assert.equal((await page('198.18.0.67')).status, 200)
      const talk = await converse(home.url, home.token)
      assert.deepEqual((await notices(talk)).toSorted(), ['http-login', 'ip-ban'])
      talk.close()
    })
  })
}
