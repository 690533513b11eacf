import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'

import { makePlace } from '../load/place.ts'
import { run } from '../toolbox/run.ts'
import { tool } from '../toolbox/tool.ts'
import { startSubject } from './subject.ts'

// testssl.sh against the listener of the LAN, which asks for no certificate: protocols, ciphers, key exchange, and every
// known weakness it looks for.

const [testssl, compiler] = await Promise.all([tool('testssl'), tool('cc')])
const skip =
  ('missing' in testssl && testssl.missing) || ('missing' in compiler && compiler.missing)

type Finding = { readonly id: string; readonly severity: string; readonly finding: string }

/** What it may say all the same, and why that is right. */
const accepted: Readonly<Record<string, string>> = {
  engine_problem: 'the OpenSSL of this machine knows no GOST; it says nothing of the gateway',
  secure_renego:
    'its handshake for this check names no name and is refused; done below with the name',
}

test('testssl.sh finds nothing, and did look', { skip, timeout: 560_000 }, async (t) => {
  if ('missing' in testssl) return
  const place = await makePlace()
  const subject = await startSubject(place, { local: ['127.0.0.1/32'] })
  t.after(async () => {
    await subject.close()
    await place.close()
  })
  const file = join(place.folder, 'testssl.json')
  const settings = [
    '--quiet',
    '--color',
    '0',
    '--warnings',
    'off',
    '--nodns',
    'none',
    '--ip',
    place.host,
  ]
  const parts = ['--protocols', '--std', '--fs', '--server-preference', '--vulnerable']
  const { text } = await run(
    [
      ...testssl.command,
      ...settings,
      ...parts,
      '--jsonfile',
      file,
      `${place.name}:${subject.port}`,
    ],
    { seconds: 540 },
  )
  const findings = JSON.parse(await readFile(file, 'utf8')) as readonly Finding[]
  const bad = findings.filter(
    ({ id, severity }) => !['OK', 'INFO', 'DEBUG'].includes(severity) && !(id in accepted),
  )
  assert.deepEqual(bad, [], text.slice(-2000))
  const said = (id: string): string | undefined => findings.find((each) => each.id === id)?.finding
  assert.match(said('TLS1_3') ?? '', /offered/u)
  assert.match(said('TLS1_1') ?? '', /not offered/u)
  assert.ok(findings.length > 40, `${findings.length} findings`)

  const shake = await run(
    [
      'openssl',
      's_client',
      '-tls1_2',
      '-servername',
      place.name,
      '-connect',
      `${place.host}:${subject.port}`,
    ],
    { seconds: 30 },
  )
  assert.match(shake.text, /Secure Renegotiation IS supported/u)
  t.diagnostic(`${findings.length} findings by testssl.sh ${testssl.version}, none of them bad`)
})
