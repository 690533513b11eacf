import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'

import { tool } from '../toolbox/tool.ts'
import { startWorld } from '../world/world.ts'
import { freePort, startServer } from './server.ts'

// `gatehouse notify test`, by the true program, to the servers that people have: a mail server with a sign-in, and ntfy.

const password = 'canary-of-the-mail-account'
const [python, aiosmtpd, ntfy] = await Promise.all([
  tool('python3.14'),
  tool('aiosmtpd'),
  tool('ntfy'),
])
const missing = [python, aiosmtpd, ntfy].flatMap((each) =>
  'missing' in each ? [each.missing] : [],
)

suite('a test of every way', { skip: missing.length > 0 && missing.join('; ') }, () => {
  test('says which took it and which did not, and why', async (t) => {
    if ('missing' in python || 'missing' in ntfy) return
    const [mailPort, ntfyPort] = [await freePort(), await freePort()]
    const world = await startWorld({
      withVantage: false,
      configuration: `notify:
  email:
    server: localhost:${mailPort}
    security: starttls
    user: gatehouse
    password_file: mail.password
    from: gatehouse@example.com
    to: [owner@example.com]
  ntfy: { url: "http://127.0.0.1:${ntfyPort}", topic: home }
`,
    })
    t.after(() => world.close())
    const at = (name: string): string => join(world.folder, name)
    const { certificatePem, keyPem } = await world.publicAuthority.issue({ names: ['localhost'] })
    await writeFile(at('cert.pem'), certificatePem)
    await writeFile(at('key.pem'), keyPem)
    await writeFile(at('mail.password'), password, { mode: 0o600 })
    await using mail = await startServer(
      [
        ...python.command,
        join(import.meta.dirname, 'mail-server.py'),
        `${mailPort}`,
        at('cert.pem'),
        at('key.pem'),
        at('box'),
        'gatehouse',
        password,
      ],
      mailPort,
    )
    await using server = await startServer(
      [...ntfy.command, 'serve', '--listen-http', `127.0.0.1:${ntfyPort}`],
      ntfyPort,
    )

    const good = await world.run(['notify', 'test'])
    assert.equal(good.code, 0, `${good.stdout}${good.stderr}${mail.said()}${server.said()}`)
    assert.match(good.stdout, /e-mail/)
    assert.match(good.stdout, /ntfy/)
    const box = join(at('box'), 'new')
    const mails = await Promise.all(
      (await readdir(box)).map((name) => readFile(join(box, name), 'utf8')),
    )
    assert.equal(mails.length, 1)
    assert.match(mails[0] ?? '', /If you read this, messages from Gatehouse reach you/)
    const told = await fetch(`http://127.0.0.1:${ntfyPort}/home/json?poll=1`)
    assert.match(await told.text(), /messages from Gatehouse reach you/)

    await writeFile(at('mail.password'), `wrong-${password}`, { mode: 0o600 })
    await server.stop()
    const bad = await world.run(['notify', 'test'])
    assert.equal(bad.code, 1)
    assert.match(bad.stdout, /refuses the user or the password/)
    assert.match(bad.stdout, /ntfy: .*did not answer/)
    assert.doesNotMatch(bad.stdout + bad.stderr + good.stdout + good.stderr, /canary/)
    const json = await world.run(['notify', 'test', '--json'])
    assert.deepEqual(
      (JSON.parse(json.stdout) as { tested: { name: string; taken: boolean }[] }).tested
        .filter(({ name }) => name !== 'Home Assistant')
        .map(({ taken }) => taken),
      [false, false],
    )
  })
})
