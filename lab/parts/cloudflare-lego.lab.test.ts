import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'

import { startAuthority, type Authority } from '../simulators/acme/authority.ts'
import { tool } from '../toolbox/tool.ts'
import { withFile } from '../toolbox/with-file.ts'
import { startWorld, type World } from './cloudflare-world.ts'
import { run, type Ran } from '../toolbox/run.ts'

// lego with its Cloudflare provider, unmodified: it finds the zone over DNS, proves the name over the API,
// waits until every name server of the zone says so, and gets its certificate.

const lego = await tool('lego')

suite('lego and its Cloudflare provider', { skip: 'missing' in lego && lego.missing }, () => {
  let world: World
  let authority: Authority

  before(async () => {
    world = await startWorld()
    authority = await startAuthority({
      host: world.address(20),
      serverCertificate: await world.web.issue({ names: ['acme.example.net'] }),
      nameServers: world.cloudflare.nameServers.map(({ host, port }) => ({ host, port })),
    })
  })
  after(async () => {
    await authority.close()
    await world.close()
  })

  const runLego = async (token: string, ...words: readonly string[]): Promise<Ran> => {
    if ('missing' in lego) throw new Error(lego.missing)
    return await run(
      withFile('/etc/resolv.conf', world.resolvConf, [
        ...lego.command,
        ...'--accept-tos --email=owner@example.com --dns=cloudflare'.split(' '),
        `--server=${authority.directoryUrl}`,
        `--path=${join(world.folder, 'lego')}`,
        ...words,
      ]),
      {
        env: {
          CLOUDFLARE_BASE_URL: world.cloudflare.baseUrl,
          CLOUDFLARE_DNS_API_TOKEN: token,
          CLOUDFLARE_POLLING_INTERVAL: '1',
          LEGO_CA_CERTIFICATES: world.roots,
          LEGO_CA_SERVER_NAME: 'acme.example.net',
        },
        seconds: 90,
      },
    )
  }
  const certificate = async (name: string): Promise<X509Certificate> =>
    new X509Certificate(await readFile(join(world.folder, 'lego/certificates', `${name}.crt`)))

  test('gets a certificate by dns-01, and cleans up behind it', async () => {
    const { code, text } = await runLego(world.token.value, '--domains=ha.example.com', 'run')
    assert.equal(code, 0, text)
    assert.equal((await certificate('ha.example.com')).subjectAltName, 'DNS:ha.example.com')

    const texts = world.zone.history.map((records) => records.filter(({ type }) => type === 'TXT'))
    assert.ok(texts.some(([record]) => record?.name === '_acme-challenge.ha.example.com'))
    assert.deepEqual(world.zone.records, [])
  })

  test('proves a name and its wildcard: two records of one name at once', async () => {
    const { code, text } = await runLego(
      world.token.value,
      '--domains=example.com',
      '--domains=*.example.com',
      'run',
    )
    assert.equal(code, 0, text)
    assert.equal(
      (await certificate('example.com')).subjectAltName,
      'DNS:*.example.com, DNS:example.com',
    )
    assert.deepEqual(world.zone.records, [])
  })

  test('waits for the name server that is behind', async () => {
    world.cloudflare.lag(1, 3000)
    const { code, text } = await runLego(world.token.value, '--domains=late.example.com', 'run')
    world.cloudflare.lag(1, 0)
    assert.equal(code, 0, text)
    assert.equal(authority.counts.failedValidations, 0)
  })

  test('says what a token that may only read is refused', async () => {
    const token = world.cloudflare.token(world.zone.account, ['zone:read', 'dns:read'])
    const { code, text } = await runLego(token.value, '--domains=no.example.com', 'run')
    assert.notEqual(code, 0)
    assert.match(text, /10000.*Authentication error/u)
  })
})
