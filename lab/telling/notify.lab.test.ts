import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'

import { email, type EmailOptions } from '../../src/adapters/notify/email.ts'
import { ntfy } from '../../src/adapters/notify/ntfy.ts'
import type { Notice } from '../../src/core/notice.ts'
import { Secret } from '../../src/core/secret.ts'
import { makeAuthority } from '../simulators/pki.ts'
import { tool } from '../toolbox/tool.ts'
import { freePort, startServer, until } from './server.ts'

// Our messages, taken by the servers that people have.

const notice: Notice = {
  is: 'opened',
  home: 'ha.example.com',
  code: 'zone/paused',
  severity: 'broken',
  link: 'cloudflare',
  says: 'the zone example.com is paused – größer kann ein Leck nicht sein',
  hint: 'resume it at Cloudflare',
  at: '2026-11-25T10:00:00.000Z',
}
const mended: Notice = { ...notice, is: 'mended' }
const never = new AbortController().signal

const [ntfyServer, aiosmtpd] = await Promise.all([tool('ntfy'), tool('aiosmtpd')])

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-notify-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

suite('ntfy', { skip: 'missing' in ntfyServer && ntfyServer.missing }, () => {
  test('a message arrives with its title, its letters and its priority; a wrong token is told', async (t) => {
    if ('missing' in ntfyServer) return
    const folder = await folderFor(t)
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const config = join(folder, 'server.yml')
    await writeFile(
      config,
      `base-url: ${url}\nlisten-http: "127.0.0.1:${port}"\ncache-file: ${join(folder, 'cache.db')}\nauth-file: ${join(folder, 'auth.db')}\nauth-default-access: deny-all\nauth-access: ["*:home:rw"]\n`,
    )
    await using server = await startServer(
      [...ntfyServer.command, 'serve', '--config', config],
      port,
    )
    const topic = new Secret('topic', 'home')
    await ntfy({ url, topic, token: undefined }).notify(notice, never)
    const answer = await fetch(`${url}/home/json?poll=1`)
    const said = JSON.parse((await answer.text()).trim()) as Record<string, unknown>
    assert.equal(said['title'], 'ha.example.com: broken at Cloudflare', server.said())
    assert.match(String(said['message']), /größer kann ein Leck nicht sein\.\nWhat to do: resume/)
    assert.equal(said['priority'], 4)
    assert.deepEqual(said['tags'], ['rotating_light'])

    const closed = { url, topic: new Secret('topic', 'canary-topic'), token: undefined }
    await assert.rejects(ntfy(closed).notify(notice, never), (error: Error) => {
      assert.match(error.message, /answered 403/)
      assert.doesNotMatch(error.message, /canary/)
      return true
    })
    const wrong = { url, topic, token: new Secret('token', 'tk_canarycanarycanarycanarycanar') }
    await assert.rejects(ntfy(wrong).notify(notice, never), /answered 401/)
  })
})

suite('mail', { skip: 'missing' in aiosmtpd && aiosmtpd.missing }, () => {
  async function mailServer(t: TestContext, tls: boolean) {
    if ('missing' in aiosmtpd) throw new Error(aiosmtpd.missing)
    const folder = await folderFor(t)
    const port = await freePort()
    const authority = await makeAuthority('Lab mail CA')
    const { certificatePem, keyPem } = await authority.issue({ names: ['localhost'] })
    await writeFile(join(folder, 'cert.pem'), certificatePem)
    await writeFile(join(folder, 'key.pem'), keyPem)
    const secured = tls
      ? ['--tlscert', join(folder, 'cert.pem'), '--tlskey', join(folder, 'key.pem')]
      : ['--no-requiretls']
    const box = join(folder, 'box')
    const server = await startServer(
      [
        ...aiosmtpd.command,
        '--nosetuid',
        '--listen',
        `127.0.0.1:${port}`,
        ...secured,
        '--class',
        'aiosmtpd.handlers.Mailbox',
        box,
      ],
      port,
    )
    t.after(() => server.stop())
    const mails = async (): Promise<string[]> => {
      const files = await readdir(join(box, 'new')).catch(() => [])
      return await Promise.all(files.map((file) => readFile(join(box, 'new', file), 'utf8')))
    }
    return { port, mails, server }
  }
  const options = (port: number, security: EmailOptions['security']): EmailOptions => ({
    server: { host: '127.0.0.1', port },
    security,
    user: undefined,
    password: undefined,
    from: 'Gatehouse <gatehouse@example.com>',
    to: ['owner@example.com', 'second@example.com'],
  })

  test('a mail arrives for everybody, and what is mended stands in the same thread', async (t) => {
    const { port, mails, server } = await mailServer(t, false)
    await email(options(port, 'none')).notify(notice, never)
    await email(options(port, 'none')).notify(mended, never)
    await until(
      async () => (await mails()).length === 2,
      () => server.said(),
    )
    const [first = '', second = ''] = (await mails()).toSorted((a) =>
      a.includes('broken at') ? -1 : 1,
    )
    assert.match(first, /^Subject: ha\.example\.com: broken at Cloudflare$/mu)
    assert.match(first, /^To: owner@example\.com, second@example\.com$/mu)
    assert.match(first, /^Auto-Submitted: auto-generated$/mu)
    assert.match(second, /^Subject: ha\.example\.com: mended at Cloudflare$/mu)
    const thread = /^References: (.*)$/mu
    assert.equal(thread.exec(first)?.[1], thread.exec(second)?.[1])
    assert.ok(thread.exec(first)?.[1])
  })

  test('a server that nobody vouches for gets no mail, nor one without the TLS that was demanded', async (t) => {
    const untrusted = await mailServer(t, true)
    await assert.rejects(email(options(untrusted.port, 'starttls')).notify(notice, never), {
      code: 'notify/not-taken',
    })
    const plain = await mailServer(t, false)
    await assert.rejects(email(options(plain.port, 'starttls')).notify(notice, never), {
      code: 'notify/not-taken',
    })
    assert.deepEqual([...(await untrusted.mails()), ...(await plain.mails())], [])
  })
})
