import assert from 'node:assert/strict'
import { request } from 'node:http'
import { suite, test, type TestContext } from 'node:test'

import { addressOf } from '../core/address.ts'
import { known, unknown, type Fact } from '../core/fact.ts'
import { Problem } from '../core/problem.ts'
import type { Person } from '../core/second-factor.ts'
import { startLocalServer, type LocalServerOptions } from './local.ts'
import { emptyStatus } from '../../lab/server/status.ts'
import type { Grant, Panel } from './panel.ts'
import type { Door } from './visitor.ts'

// The local server over real sockets: who is let in by which door, what is refused, what is never said.

const now = () => new Date('2026-11-25T12:00:00Z')

const person = (id: string, more: Partial<Person> = {}): Person => ({
  id,
  name: `user ${id}`,
  isAdmin: false,
  isActive: true,
  localOnly: false,
  secondFactor: { is: 'unknown', because: 'never signed in to Gatehouse to show it' },
  ...more,
})

/** A panel that counts what is asked of it. */
function panel(
  people: Fact<readonly Person[]> = known([person('boss', { isAdmin: true }), person('guest')]),
) {
  const asked = { looks: 0, proofs: 0, grants: [] as Grant[] }
  const its: Panel = {
    names: ['ha.example.com'],
    homeAssistant: { atHome: 'http://homeassistant.local:8123', outside: 'https://ha.example.com' },
    status: () => emptyStatus,
    isProving: () => false,
    look: () => void asked.looks++,
    prove: () => Promise.resolve(void asked.proofs++),
    plan: () =>
      Promise.resolve([{ name: 'dns-record', plan: unknown('Cloudflare did not answer') }]),
    people: () => Promise.resolve(people),
    signIn(grant) {
      asked.grants.push(grant)
      if (grant.code !== 'good')
        return Promise.reject(
          new Problem(
            'home-assistant/sign-in-refused',
            'Home Assistant does not know this sign-in',
          ),
        )
      return Promise.resolve({
        id: 'boss',
        name: '<b>Boss</b>',
        isAdmin: true,
        hasSecondFactor: true,
      })
    },
  }
  return { asked, its }
}

async function serve(t: TestContext, door: Door, more: Partial<LocalServerOptions> = {}) {
  const { asked, its } = panel()
  const server = await startLocalServer({
    listen: { host: '127.0.0.1', port: 0 },
    door,
    hosts: ['gatehouse.home.arpa'],
    version: '1.2.3',
    panel: its,
    now,
    ...more,
  })
  t.after(() => server[Symbol.asyncDispose]())
  return { asked, url: server.url }
}

type Ask = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly form?: Readonly<Record<string, string>>
  readonly from?: string
}

/** One request as it is written: `fetch` sets headers of its own. */
function ask(url: string, path: string, { method, headers = {}, form, from }: Ask = {}) {
  const body = form && new URLSearchParams(form).toString()
  return new Promise<{ status: number; text: string; header(name: string): string }>(
    (done, fail) => {
      const sent = request(
        new URL(path, url),
        {
          agent: false,
          method: method ?? (body === undefined ? 'GET' : 'POST'),
          ...(from === undefined ? {} : { localAddress: from }),
          headers: {
            ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
            ...headers,
          },
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
          response.on('end', () =>
            done({
              status: response.statusCode ?? 0,
              text,
              header: (name) => String(response.headers[name] ?? ''),
            }),
          )
        },
      )
      sent.on('error', fail)
      sent.end(body)
    },
  )
}

const tokenIn = (page: string): string => /name="token" value="([^"]+)"/.exec(page)?.[1] ?? ''
const cookieIn = (header: string): string => header.split(';')[0] ?? ''

suite('the page on this machine', () => {
  test('shows the chain; nothing was proven yet, and it says so', async (t) => {
    const { url } = await serve(t, { is: 'loopback' })
    const page = await ask(url, '/')
    assert.equal(page.status, 200)
    assert.match(page.text, /not known yet/)
    assert.match(page.text, /nothing was proven yet since the start/)
    for (const word of ['visitor', 'Cloudflare', 'router', 'Gatehouse', 'Home Assistant'])
      assert.ok(page.text.includes(`<strong>${word}</strong>`), word)
    assert.doesNotMatch(page.text, /class="mark held"/)
  })

  test('loads nothing from elsewhere and runs nothing that stands in it', async (t) => {
    const { url } = await serve(t, { is: 'loopback' })
    const page = await ask(url, '/')
    const policy = page.header('content-security-policy')
    assert.match(policy, /default-src 'none'/)
    assert.match(policy, /frame-ancestors 'self'/)
    assert.doesNotMatch(policy, /unsafe/)
    assert.equal(page.header('x-content-type-options'), 'nosniff')
    assert.equal(page.header('cache-control'), 'no-store')
    assert.doesNotMatch(
      page.text,
      /<style|style="|<script>|\son\w+="|https?:\/\/(?!ha\.example|homeassistant\.local)/,
    )
    for (const [path, type] of [
      ['/style.css', /^text\/css/],
      ['/script.js', /^text\/javascript/],
      ['/icon.svg', /^image\/svg/],
    ] as const)
      assert.match((await ask(url, path)).header('content-type'), type)
  })

  test('answers to addresses, localhost and its declared names; to nobody who rebinds another', async (t) => {
    const { url } = await serve(t, { is: 'loopback' })
    const status = async (host: string) => (await ask(url, '/', { headers: { host } })).status
    for (const host of ['127.0.0.1:1', '[::1]', 'localhost:8099', 'gatehouse.home.arpa'])
      assert.equal(await status(host), 200, host)
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example'])
      assert.equal(await status(host), 421, host)
  })

  test('does what its own form asks for, and nothing without its token or from another site', async (t) => {
    const { url, asked } = await serve(t, { is: 'loopback' })
    const origin = new URL(url).origin
    const token = tokenIn((await ask(url, '/')).text)
    const post = (form: Record<string, string>, headers: Record<string, string> = {}) =>
      ask(url, '/look', { form, headers })
    assert.equal((await post({})).status, 403)
    assert.equal((await post({ token: 'x'.repeat(token.length) })).status, 403)
    assert.equal((await post({ token }, { origin: 'https://evil.example' })).status, 403)
    assert.equal((await post({ token }, { origin: 'null' })).status, 403)
    assert.equal((await post({ token }, { 'sec-fetch-site': 'cross-site' })).status, 403)
    assert.equal((await post({ token }, { 'sec-fetch-site': 'same-site' })).status, 403)
    assert.equal(asked.looks, 0)
    const done = await post({ token }, { origin, 'sec-fetch-site': 'same-origin' })
    assert.equal(done.status, 303)
    assert.equal(done.header('location'), '/')
    assert.equal((await ask(url, '/prove', { form: { token } })).status, 303)
    assert.deepEqual([asked.looks, asked.proofs], [1, 1])
    assert.equal((await ask(url, '/look')).status, 404)
  })

  test('the JSON API says the same, and changes nothing without the token', async (t) => {
    const { url, asked } = await serve(t, { is: 'loopback' })
    assert.deepEqual(JSON.parse((await ask(url, '/api/status')).text), emptyStatus)
    assert.equal((await ask(url, '/api/proofs')).text, 'null')
    assert.deepEqual(JSON.parse((await ask(url, '/api/plan')).text), {
      safeguards: [{ name: 'dns-record', unknown: 'Cloudflare did not answer' }],
    })
    assert.equal((await ask(url, '/api/look', { method: 'POST' })).status, 403)
    const { token } = JSON.parse((await ask(url, '/api/token')).text) as { token: string }
    const headers = { 'x-gatehouse-token': token }
    assert.equal((await ask(url, '/api/look', { method: 'POST', headers })).status, 202)
    assert.equal((await ask(url, '/api/prove', { method: 'POST', headers })).status, 200)
    assert.deepEqual([asked.looks, asked.proofs], [1, 1])
    assert.equal((await ask(url, '/api/nothing')).status, 404)
  })

  test('a form without an end is refused', async (t) => {
    const { url } = await serve(t, { is: 'loopback' })
    const long = await ask(url, '/look', { form: { token: 'x'.repeat(20_000) } })
    assert.equal(long.status, 413)
  })
})

suite('the page inside Home Assistant', () => {
  const supervisor = addressOf('127.44.0.2')
  assert.ok(supervisor)
  const door: Door = { is: 'ingress', from: supervisor }
  const base = '/api/hassio_ingress/Abc-_9'
  const ingress = (user: string | undefined, more: Record<string, string> = {}) => ({
    host: 'ha.example.com',
    'x-ingress-path': base,
    'x-forwarded-host': 'ha.example.com',
    'x-forwarded-proto': 'https',
    ...(user === undefined ? {} : { 'x-remote-user-id': user }),
    ...more,
  })
  const everywhere = { listen: { host: '0.0.0.0', port: 0 } }
  const local = (url: string) => url.replace('0.0.0.0', '127.0.0.1')

  test('nobody but the Supervisor gets a byte', async (t) => {
    const { url } = await serve(t, door, everywhere)
    await assert.rejects(ask(local(url), '/', { headers: ingress('boss') }))
    await assert.rejects(ask(local(url), '/health'))
    assert.equal((await ask(local(url), '/health', { from: supervisor.text })).status, 200)
  })

  test('every link, form and redirect of it stays under the path of the ingress', async (t) => {
    const { url } = await serve(t, door, everywhere)
    const from = supervisor.text
    const page = await ask(local(url), '/', { headers: ingress('boss'), from })
    assert.equal(page.status, 200)
    const links = [...page.text.matchAll(/(?:href|src|action)="([^"#][^"]*)"/g)].map(([, to]) => to)
    assert.ok(links.length > 5)
    for (const link of links) assert.ok(link?.startsWith(`${base}/`), link)
    const looked = await ask(local(url), '/look', {
      headers: ingress('boss', { origin: 'https://ha.example.com' }),
      form: { token: tokenIn(page.text) },
      from,
    })
    assert.equal(looked.status, 303)
    assert.equal(looked.header('location'), `${base}/`)
    const odd = await ask(local(url), '/', {
      headers: ingress('boss', { 'x-ingress-path': '//evil.example/"><script>' }),
      from,
    })
    assert.doesNotMatch(odd.text, /evil/)
  })

  test('an administrator sees the home; a user only themself; whom Home Assistant does not name, nothing', async (t) => {
    const { url, asked } = await serve(t, door, everywhere)
    const from = supervisor.text
    const get = (path: string, user: string | undefined) =>
      ask(local(url), path, { headers: ingress(user), from })
    assert.match((await get('/second-factor', 'boss')).text, /user boss[\s\S]*user guest/)
    const guest = await get('/second-factor', 'guest')
    assert.match(guest.text, /user guest/)
    assert.doesNotMatch(guest.text, /user boss|href="[^"]*\/plan"/)
    assert.equal((await get('/', 'guest')).header('location'), `${base}/second-factor`)
    for (const user of ['guest', 'nobody', undefined]) {
      assert.equal((await get('/api/status', user)).status, 403)
      assert.equal((await get('/api/token', user)).status, 403)
    }
    for (const user of ['nobody', undefined]) assert.equal((await get('/', user)).status, 403)
    const token = tokenIn((await get('/', 'boss')).text)
    const stolen = await ask(local(url), '/look', {
      headers: ingress('guest'),
      form: { token },
      from,
    })
    assert.equal(stolen.status, 403)
    assert.equal(asked.looks, 0)
  })

  test('while it is not known who is an administrator, nobody is', async (t) => {
    const { its } = panel(unknown('Home Assistant did not answer'))
    const { url } = await serve(t, door, { ...everywhere, panel: its })
    const page = await ask(local(url), '/', { headers: ingress('boss'), from: supervisor.text })
    assert.equal(page.status, 403)
    assert.match(page.text, /not known \(Home Assistant did not answer\)/)
  })
})

suite('signing in with Home Assistant', () => {
  const begin = async (url: string, at: string) => {
    const sent = await ask(url, `/sign-in?at=${at}`)
    assert.equal(sent.status, 302)
    const target = new URL(sent.header('location'))
    return { target, asked: target.searchParams, cookie: cookieIn(sent.header('set-cookie')) }
  }

  test('sends the browser to Home Assistant, and takes back only what it began itself, once', async (t) => {
    const { url, asked } = await serve(t, { is: 'loopback' })
    const { target, asked: query, cookie } = await begin(url, 'home')
    assert.equal(
      `${target.origin}${target.pathname}`,
      'http://homeassistant.local:8123/auth/authorize',
    )
    assert.equal(query.get('client_id'), `${url}/`)
    assert.equal(query.get('redirect_uri'), `${url}/signed-in`)
    assert.equal(query.get('code_challenge_method'), 'S256')
    const state = query.get('state') ?? ''
    const back = (how: { state?: string; code?: string; cookie?: string }) =>
      ask(
        url,
        `/signed-in?${new URLSearchParams({ state: how.state ?? state, code: how.code ?? 'good' }).toString()}`,
        {
          headers: { cookie: how.cookie ?? cookie },
        },
      )
    assert.equal((await back({ state: 'other' })).status, 400)
    const done = await back({})
    assert.equal(done.status, 200)
    assert.match(done.text, /your second factor is on/)
    assert.match(done.text, /&lt;b&gt;Boss&lt;\/b&gt;/)
    assert.equal((await back({})).status, 400)
    assert.equal(asked.grants.length, 1)
    const other = await begin(url, 'outside')
    assert.equal(other.target.origin, 'https://ha.example.com')
    const stolen = await ask(url, `/signed-in?code=good&state=${other.asked.get('state') ?? ''}`, {
      headers: { cookie },
    })
    assert.equal(stolen.status, 400)
    assert.equal(asked.grants.length, 1)
  })

  test('a code that Home Assistant refuses is said to be so', async (t) => {
    const { url } = await serve(t, { is: 'loopback' })
    const { asked: query, cookie } = await begin(url, 'home')
    const refused = await ask(url, `/signed-in?code=bad&state=${query.get('state') ?? ''}`, {
      headers: { cookie },
    })
    assert.equal(refused.status, 502)
    assert.match(refused.text, /does not know this sign-in/)
  })

  test('from the network nothing is shown before it; then an administrator sees everything', async (t) => {
    const { url } = await serve(t, { is: 'network' })
    const before = await ask(url, '/')
    assert.equal(before.status, 403)
    assert.match(before.text, /Sign in at homeassistant\.local:8123/)
    assert.doesNotMatch(before.text, /class="chain"|IPv4 of the home/)
    assert.equal((await ask(url, '/api/status')).status, 403)
    const { asked: query, cookie } = await begin(url, 'home')
    const done = await ask(url, `/signed-in?code=good&state=${query.get('state') ?? ''}`, {
      headers: { cookie },
    })
    const session = cookieIn(done.header('set-cookie'))
    assert.match(done.header('set-cookie'), /HttpOnly; SameSite=Lax/)
    const after = await ask(url, '/', { headers: { cookie: session } })
    assert.equal(after.status, 200)
    assert.match(after.text, /IPv4 of the home/)
    assert.equal((await ask(url, '/', { headers: { cookie: `${session}x` } })).status, 403)
  })
})
