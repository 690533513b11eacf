import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, suite, test } from 'node:test'

import { z } from 'zod'

import { signInAt } from '../simulators/home-assistant/browser.ts'
import { startWorld, type World } from '../world/world.ts'
import { owner } from '../real/onboard.ts'

// `gatehouse run` with its page: what a person sees of a home from nothing to proven, and asks for.

suite('the page of a home', () => {
  let world: World
  let page = ''
  before(async () => {
    world = await startWorld({ page: true })
    page = `http://${world.addresses.home}:8099`
    await world.run(['apply', '--yes'])
    await world.start(['run'], /its page/)
  })
  after(() => world.close())

  const get = async (path: string) => (await fetch(new URL(path, page))).text()
  const status = async () =>
    z
      .looseObject({
        verdict: z.object({ verdict: z.string() }).nullable(),
        links: z.record(z.string(), z.string()),
        findings: z.array(z.object({ code: z.string() })),
        safeguards: z.array(
          z.object({
            name: z.string(),
            lastLook: z.object({ at: z.string(), because: z.string() }).nullable(),
          }),
        ),
      })
      .parse(JSON.parse(await get('/api/status')))
  const until = async (wished: () => Promise<boolean>) => {
    for (let i = 0; i < 300 && !(await wished()); i++) await sleep(100)
    assert.ok(await wished())
  }
  const ask = async (what: 'look' | 'prove') => {
    const { token } = z.object({ token: z.string() }).parse(JSON.parse(await get('/api/token')))
    return fetch(new URL(`/api/${what}`, page), {
      method: 'POST',
      headers: { 'x-gatehouse-token': token },
    })
  }

  test('proofs that are asked for are made, and shown with their evidence and their age', async () => {
    const made = z.object({ verdict: z.string() }).parse(await (await ask('prove')).json())
    assert.equal(made.verdict, 'held')
    const { links, verdict } = await status()
    assert.equal(verdict?.verdict, 'held')
    assert.ok(
      Object.values(links).every((link) => link === 'held'),
      JSON.stringify(links),
    )
    const shown = await get('/')
    assert.match(shown, /open through Cloudflare, closed to everybody else/)
    assert.match(shown, /proven <time[^>]*>just now<\/time>/)
    assert.match(shown, /seen from 127\./)
    assert.match(shown, /class="evidence"/)
  })

  test('a look that is asked for is made, and the page says why', async () => {
    await until(async () => (await status()).safeguards.every(({ lastLook }) => lastLook !== null))
    assert.equal((await ask('look')).status, 202)
    await until(async () =>
      (await status()).safeguards.every(
        ({ lastLook }) => lastLook?.because === 'somebody asked on the page',
      ),
    )
    assert.match(await get('/'), /somebody asked on the page/)
  })

  test('the plan is looked up afresh, and there is nothing to do', async () => {
    assert.match(await get('/plan'), /nothing to change/)
  })

  test('who has no second factor is a finding, until they show one', async () => {
    const codes = async () => (await status()).findings.map(({ code }) => code)
    await until(async () => (await codes()).includes('home-assistant/second-factor'))
    const [user] = world.homeAssistant.state.users
    assert.ok(user)
    user.totp = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
    const done = await signInAt(page, { ...owner, secret: user.totp })
    assert.match(done.text, /your second factor is on/)
    await until(async () => !(await codes()).includes('home-assistant/second-factor'))
    assert.equal(world.homeAssistant.state.refreshTokens.size, 0)
    const verified = await world.run(['verify'])
    assert.doesNotMatch(verified.stdout, /second factor/)
  })

  test('where its place is taken, it says what to do', async () => {
    const second = await world.run(['run'])
    assert.equal(second.code, 1)
    assert.match(second.stderr, /page\/port-taken[\s\S]*page\.listen/)
  })
})
