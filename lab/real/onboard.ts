import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

/** The owner that the lab makes: what a test signs in with. */
export const owner = { username: 'owner', password: 'an owner of the lab' }

/**
 * Goes through the first steps of a new Home Assistant as its pages do, without a browser, and returns a long-lived
 * access token of the owner, once everything is running.
 */
export async function onboard(url: string): Promise<string> {
  const clientId = `${url}/`
  const { auth_code: code } = z.object({ auth_code: z.string() }).parse(
    await post(`${url}/api/onboarding/users`, {
      client_id: clientId,
      name: 'Owner',
      language: 'en',
      ...owner,
    }),
  )
  const access = await accessToken(url, clientId, code)
  await post(`${url}/api/onboarding/core_config`, {}, access)
  await post(`${url}/api/onboarding/analytics`, {}, access)
  await post(
    `${url}/api/onboarding/integration`,
    { client_id: clientId, redirect_uri: clientId },
    access,
  )
  await untilRunning(url, access)
  return await longLived(url, access)
}

async function accessToken(url: string, clientId: string, code: string): Promise<string> {
  const response = await fetch(`${url}/auth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', code, client_id: clientId }),
  })
  return z.object({ access_token: z.string() }).parse(await response.json()).access_token
}

async function post(url: string, body: unknown, access?: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(access === undefined ? {} : { authorization: `Bearer ${access}` }),
    },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return await response.json()
}

async function untilRunning(url: string, access: string): Promise<void> {
  for (let i = 0; i < 600; i++) {
    const response = await fetch(`${url}/api/config`, {
      headers: { authorization: `Bearer ${access}` },
    })
    const read = z.object({ state: z.string() }).safeParse(await response.json().catch(() => ({})))
    if (read.data?.state === 'RUNNING') return
    await sleep(100)
  }
  throw new Error('Home Assistant does not come to run')
}

function longLived(url: string, access: string): Promise<string> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/websocket`)
  return new Promise<string>((done, fail) => {
    socket.addEventListener('error', () => fail(new Error('no WebSocket')))
    socket.addEventListener('message', ({ data }) => {
      const read = z
        .object({ type: z.string(), result: z.string().optional() })
        .parse(JSON.parse(String(data)))
      if (read.type === 'auth_required')
        socket.send(JSON.stringify({ type: 'auth', access_token: access }))
      else if (read.type === 'auth_ok')
        socket.send(
          JSON.stringify({
            id: 1,
            type: 'auth/long_lived_access_token',
            client_name: 'Gatehouse lab',
            lifespan: 30,
          }),
        )
      else if (read.result !== undefined) done(read.result)
      else fail(new Error(`no token: ${String(data)}`))
    })
  }).finally(() => socket.close())
}
