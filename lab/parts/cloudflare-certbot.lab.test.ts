import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'

import { startAuthority, type Authority } from '../simulators/acme/authority.ts'
import { tool } from '../toolbox/tool.ts'
import { startWorld, type World } from './cloudflare-world.ts'
import { run, type Ran } from '../toolbox/run.ts'

// certbot with its dns-cloudflare plugin, unmodified. Its Python client of the API takes the base URL from the environment.

const certbot = await tool('certbot')

suite(
  'certbot and its dns-cloudflare plugin',
  { skip: 'missing' in certbot && certbot.missing },
  () => {
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

    const runCertbot = async (token: string, ...words: readonly string[]): Promise<Ran> => {
      if ('missing' in certbot) throw new Error(certbot.missing)
      const credentials = join(world.folder, 'cloudflare.ini')
      await writeFile(credentials, `dns_cloudflare_api_token = ${token}\n`, { mode: 0o600 })
      const folders = ['config', 'work', 'logs'].flatMap((name) => [
        `--${name}-dir`,
        join(world.folder, name),
      ])
      return await run(
        [
          ...certbot.command,
          ...'certonly --non-interactive --agree-tos --email=owner@example.com --no-eff-email'.split(
            ' ',
          ),
          ...folders,
          `--server=${authority.directoryUrl}`,
          '--no-verify-ssl',
          '--dns-cloudflare',
          `--dns-cloudflare-credentials=${credentials}`,
          '--dns-cloudflare-propagation-seconds=0',
          ...words,
        ],
        { env: { CLOUDFLARE_API_URL: world.cloudflare.baseUrl }, seconds: 90 },
      )
    }

    test('gets a certificate by dns-01, and cleans up behind it', async () => {
      const { code, text } = await runCertbot(world.token.value, '-d', 'ha.example.com')
      assert.equal(code, 0, text)
      const pem = await readFile(join(world.folder, 'config/live/ha.example.com/fullchain.pem'))
      assert.equal(new X509Certificate(pem).subjectAltName, 'DNS:ha.example.com')
      assert.ok(
        world.zone.history.some(([record]) => record?.name === '_acme-challenge.ha.example.com'),
      )
      assert.deepEqual(world.zone.records, [])
    })

    test('renews what it has, with another serial', async () => {
      const live = join(world.folder, 'config/live/ha.example.com/cert.pem')
      const before = new X509Certificate(await readFile(live)).serialNumber
      const { code, text } = await runCertbot(
        world.token.value,
        '-d',
        'ha.example.com',
        '--force-renewal',
      )
      assert.equal(code, 0, text)
      assert.notEqual(new X509Certificate(await readFile(live)).serialNumber, before)
    })

    test('explains the refusal of a token in its own words', async () => {
      const { code, text } = await runCertbot(
        'cfut_0000000000000000000000000000',
        '-d',
        'no.example.com',
      )
      assert.notEqual(code, 0)
      assert.match(text, /Error determining zone_id: 9109 Invalid access token/u)
    })
  },
)
