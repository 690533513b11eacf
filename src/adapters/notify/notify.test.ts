import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { test, type TestContext } from 'node:test'

import type { Notice } from '../../core/notice.ts'
import { Problem } from '../../core/problem.ts'
import { Secret } from '../../core/secret.ts'
import { heartbeat } from './heartbeat.ts'
import { homeAssistantNotifier } from './home-assistant.ts'
import { ntfy } from './ntfy.ts'
import { webhook } from './webhook.ts'

const notice: Notice = {
  is: 'opened',
  home: 'ha.example.com',
  code: 'certificate/expires-soon',
  severity: 'weak',
  link: 'gatehouse',
  says: 'the certificate for ha.example.com ends on 30 November',
  hint: 'run `gatehouse plan`',
  at: '2026-11-25T10:00:00.000Z',
}

type Asked = {
  readonly path: string
  readonly headers: Record<string, unknown>
  readonly body: string
}

async function listener(t: TestContext, status = 200) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      asked.push({ path: request.url ?? '', headers: request.headers, body })
      response.writeHead(status, { location: '/elsewhere' }).end()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, asked }
}

const never = new AbortController().signal

test('a webhook gets JSON, signed over exactly what was sent', async (t) => {
  const { url, asked } = await listener(t)
  await webhook(new Secret('address', `${url}/hook`), new Secret('secret', 's3cret')).notify(
    notice,
    never,
  )
  const [one] = asked
  assert.ok(one)
  const signature = createHmac('sha256', 's3cret').update(one.body).digest('hex')
  assert.equal(one.headers['x-gatehouse-signature'], `sha256=${signature}`)
  const said: unknown = JSON.parse(one.body)
  assert.deepEqual(said, {
    ...notice,
    title: 'ha.example.com: weak at Gatehouse',
    text: 'The certificate for ha.example.com ends on 30 November.\nWhat to do: run `gatehouse plan`.\n(certificate/expires-soon, 2026-11-25T10:00:00.000Z)',
  })
})

test('what does not take it is told by its host alone, and a redirect takes nothing along', async (t) => {
  for (const [status, hint] of [
    [302, /address it leads to/],
    [401, /token/],
    [500, /later/],
  ] as const) {
    const { url, asked } = await listener(t, status)
    const secret = new Secret('address', `${url}/canary-path`)
    await assert.rejects(webhook(secret, undefined).notify(notice, never), (error: unknown) => {
      assert.ok(error instanceof Problem)
      assert.equal(error.code, 'notify/not-taken')
      assert.match(error.hint ?? '', hint)
      assert.doesNotMatch(`${error.message}${error.hint}${error.stack}`, /canary/)
      return true
    })
    assert.equal(asked.length, 1)
  }
  const gone = new Secret('address', 'http://127.0.0.1:59999/canary-path')
  await assert.rejects(webhook(gone, undefined).notify(notice, never), {
    message: /127\.0\.0\.1:59999 did not answer \(connect ECONNREFUSED/,
  })
})

test('ntfy gets the topic in the body, where every letter fits', async (t) => {
  const { url, asked } = await listener(t)
  const token = new Secret('token', 'tk_canary')
  await ntfy({ url, topic: new Secret('topic', 'home'), token }).notify(
    { ...notice, says: 'größer – ✓', severity: 'broken' },
    never,
  )
  const said = JSON.parse(asked[0]?.body ?? '') as Record<string, unknown>
  assert.equal(asked[0]?.headers['authorization'], 'Bearer tk_canary')
  assert.equal(said['topic'], 'home')
  assert.equal(said['priority'], 4)
  assert.match(String(said['message']), /^Größer – ✓\.\n/)
})

test('in Home Assistant one notification per code, gone when mended', async () => {
  const calls: unknown[] = []
  const notifier = homeAssistantNotifier((domain, service, data) => {
    calls.push([`${domain}.${service}`, data['notification_id']])
    return Promise.resolve()
  })
  await notifier.notify(notice, never)
  await notifier.notify({ ...notice, is: 'mended' }, never)
  assert.deepEqual(calls, [
    ['persistent_notification.create', 'gatehouse_certificate_expires_soon'],
    ['persistent_notification.dismiss', 'gatehouse_certificate_expires_soon'],
  ])
})

test('a heartbeat has the endings of healthchecks.io, or is plain and silent while something is broken', async (t) => {
  const { url, asked } = await listener(t)
  const address = new Secret('address', `${url}/ping/uuid/`)
  for (const style of ['healthchecks', 'plain'] as const)
    for (const beat of ['start', 'success', 'fail'] as const)
      await heartbeat(address, style)(beat, 'words', never)
  assert.deepEqual(
    asked.map(({ path }) => path),
    ['/ping/uuid/start', '/ping/uuid/', '/ping/uuid/fail', '/ping/uuid/'],
  )
})
