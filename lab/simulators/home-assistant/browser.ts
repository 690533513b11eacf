import assert from 'node:assert/strict'

import { z } from 'zod'

import { totp } from './totp.ts'
import { ask, type Answer } from './wire.ts'

export type Credentials = {
  readonly username: string
  readonly password: string
  /** Of their second factor, if they have one. */
  readonly secret?: string | undefined
}

const step = z.looseObject({
  type: z.string(),
  flow_id: z.string(),
  step_id: z.string().optional(),
  errors: z.record(z.string(), z.string()).nullish(),
  result: z.unknown().optional(),
})
export type Step = z.output<typeof step>

/** One step of the sign-in, as the page of `/auth/authorize` takes it. */
export async function takeStep(
  homeAssistant: string,
  path: string,
  what: Readonly<Record<string, unknown>>,
): Promise<Step> {
  const answer = await ask(homeAssistant, path, { json: what })
  assert.equal(answer.status, 200, answer.text)
  return step.parse(JSON.parse(answer.text))
}

/** What the script of `/auth/authorize` does with its query; returns the address that the browser is sent to. */
export async function authorize(target: URL, person: Credentials): Promise<string> {
  const home = target.origin
  const shown = await ask(home, `${target.pathname}${target.search}`)
  assert.equal(shown.status, 200)
  assert.match(shown.text, /<ha-authorize/)
  const query = Object.fromEntries(target.searchParams)
  const client = { client_id: query['client_id'] }
  const begun = await takeStep(home, '/auth/login_flow', {
    ...client,
    handler: ['homeassistant', null],
    redirect_uri: query['redirect_uri'],
    ...(query['code_challenge'] === undefined || !(await knowsChallenges(home))
      ? {}
      : {
          code_challenge: query['code_challenge'],
          code_challenge_method: query['code_challenge_method'],
        }),
  })
  const flow = `/auth/login_flow/${begun.flow_id}`
  const { username, password, secret } = person
  let now = await takeStep(home, flow, { ...client, username, password })
  if (now.step_id === 'mfa' && secret !== undefined)
    now = await takeStep(home, flow, { ...client, code: totp(secret, new Date()) })
  assert.equal(now.type, 'create_entry', JSON.stringify(now))
  const back = new URL(query['redirect_uri'] ?? '')
  back.searchParams.set('code', String(now.result))
  if (query['state'] !== undefined) back.searchParams.set('state', query['state'])
  return back.href
}

/** Pages from before 2026.11 do not hand the challenge on; the metadata (RFC 8414) tells the ones from the others. */
async function knowsChallenges(home: string): Promise<boolean> {
  const { status, text } = await ask(home, '/.well-known/oauth-authorization-server')
  return status === 200 && text.includes('"code_challenge_methods_supported"')
}

type Visit = {
  readonly headers?: Readonly<Record<string, string>>
  readonly from?: string
}

/** Follows "Sign in" on a page of ours through Home Assistant and back, with its cookies, and returns the last page. */
export async function signInAt(
  page: string,
  person: Credentials,
  { at = 'home', headers = {}, from }: Visit & { readonly at?: string } = {},
): Promise<Answer & { readonly cookie: string }> {
  const how = from === undefined ? {} : { from }
  const sent = await ask(page, `/sign-in?at=${at}`, { headers, ...how })
  assert.equal(sent.status, 302, sent.text)
  const cookie = cookieOf(sent)
  const back = new URL(await authorize(new URL(String(sent.headers['location'])), person))
  // The way back may lead through others (ingress): the path after theirs is ours.
  const path = `/${back.pathname.split('/').at(-1) ?? ''}${back.search}`
  const shown = await ask(page, path, { headers: { ...headers, cookie }, ...how })
  return { ...shown, cookie: cookieOf(shown) }
}

function cookieOf({ headers }: Answer): string {
  const [set = ''] = [headers['set-cookie'] ?? ''].flat()
  return set.split(';')[0] ?? ''
}
