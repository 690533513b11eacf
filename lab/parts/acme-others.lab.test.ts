import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'

import { certificatesIn } from '../../src/core/certificate.ts'
import { startAuthority, type Authority } from '../simulators/acme/authority.ts'
import { run } from '../toolbox/run.ts'
import { tool } from '../toolbox/tool.ts'
import { withFile } from '../toolbox/with-file.ts'
import { startWorld, type World } from './cloudflare-world.ts'

// lego and certbot, unmodified, ask our certificate authority for what its own client does not: RSA, account
// changes, revocation in their ways. Their first issuance is in cloudflare-lego and cloudflare-certbot.

const eabKey = Buffer.from('a key that the authority gave out').toString('base64url')

async function start(world: World, more: object = {}): Promise<Authority> {
  return startAuthority({
    host: world.address(20),
    serverCertificate: await world.web.issue({ names: ['acme.example.net'] }),
    nameServers: world.cloudflare.nameServers.map(({ host, port }) => ({ host, port })),
    ...more,
  })
}

const isRsa = (pem: string | Buffer): boolean =>
  new X509Certificate(pem).publicKey.asymmetricKeyType === 'rsa'

const lego = await tool('lego')
suite('lego at our authority', { skip: 'missing' in lego && lego.missing }, () => {
  let world: World
  let authority: Authority
  before(async () => {
    world = await startWorld()
    authority = await start(world, { eabKeys: new Map([['kid-1', eabKey]]) })
  })
  after(async () => {
    await authority.close()
    await world.close()
  })
  const runLego = async (...words: readonly string[]): Promise<string> => {
    if ('missing' in lego) throw new Error(lego.missing)
    const { code, text } = await run(
      withFile('/etc/resolv.conf', world.resolvConf, [
        ...lego.command,
        ...'--accept-tos --email=owner@example.com --dns=cloudflare --domains=ha.example.com'.split(
          ' ',
        ),
        `--server=${authority.directoryUrl}`,
        `--path=${join(world.folder, 'lego')}`,
        '--eab',
        '--kid=kid-1',
        `--hmac=${eabKey}`,
        ...words,
      ]),
      {
        env: {
          CLOUDFLARE_BASE_URL: world.cloudflare.baseUrl,
          CLOUDFLARE_DNS_API_TOKEN: world.token.value,
          CLOUDFLARE_POLLING_INTERVAL: '1',
          LEGO_CA_CERTIFICATES: world.roots,
          LEGO_CA_SERVER_NAME: 'acme.example.net',
        },
        seconds: 90,
      },
    )
    assert.equal(code, 0, text)
    return text
  }
  const chain = async (): Promise<string> =>
    readFile(join(world.folder, 'lego/certificates/ha.example.com.crt'), 'utf8')

  test('an RSA key, an external binding, and the other chain', async () => {
    await runLego('--key-type=rsa2048', 'run', '--preferred-chain=Lab Root X2')
    assert.ok(isRsa(await chain()))
    const last = certificatesIn(await chain()).at(-1) ?? ''
    assert.equal(new X509Certificate(last).issuer, 'CN=Lab Root X2')
  })

  test('a renewal that the authority asks for, in place of the one before', async () => {
    authority.urgeRenewal(true)
    await runLego('--key-type=rsa2048', 'renew', '--no-random-sleep')
    authority.urgeRenewal(false)
    assert.equal(authority.issued.length, 2)
    assert.equal(authority.issued[0]?.replaced, true)
  })

  test('nonces that are refused', async () => {
    authority.fault('bad-nonce', 2)
    await runLego('--key-type=ec256', 'run')
    assert.ok(!isRsa(await chain()))
    assert.ok(authority.counts.badNonces >= 2)
  })

  test('a revocation', async () => {
    await runLego('revoke')
    assert.equal(authority.issued.filter(({ revoked }) => revoked).length, 1)
  })
})

const certbot = await tool('certbot')
suite('certbot at our authority', { skip: 'missing' in certbot && certbot.missing }, () => {
  let world: World
  let authority: Authority
  before(async () => {
    world = await startWorld()
    authority = await start(world)
  })
  after(async () => {
    await authority.close()
    await world.close()
  })
  const runCertbot = async (command: string, ...words: readonly string[]): Promise<string> => {
    if ('missing' in certbot) throw new Error(certbot.missing)
    const folders = ['config', 'work', 'logs'].flatMap((name) => [
      `--${name}-dir`,
      join(world.folder, name),
    ])
    const { code, text } = await run(
      [
        ...certbot.command,
        command,
        ...'--non-interactive --agree-tos --no-verify-ssl'.split(' '),
        `--server=${authority.directoryUrl}`,
        ...folders,
        ...words,
      ],
      { env: { CLOUDFLARE_API_URL: world.cloudflare.baseUrl }, seconds: 90 },
    )
    assert.equal(code, 0, text)
    return text
  }
  const live = (file: string): string => join(world.folder, 'config/live/ha.example.com', file)

  test('an account, another address for it', async () => {
    await runCertbot('register', '--email=owner@example.com', '--no-eff-email')
    await runCertbot('update_account', '--email=other@example.com', '--no-eff-email')
  })

  test('an RSA key, and the other chain', async () => {
    const credentials = join(world.folder, 'cloudflare.ini')
    await writeFile(credentials, `dns_cloudflare_api_token = ${world.token.value}\n`, {
      mode: 0o600,
    })
    await runCertbot(
      'certonly',
      '--key-type=rsa',
      '--preferred-chain=Lab Root X2',
      '--dns-cloudflare',
      `--dns-cloudflare-credentials=${credentials}`,
      '--dns-cloudflare-propagation-seconds=0',
      '-d',
      'ha.example.com',
    )
    assert.ok(isRsa(await readFile(live('cert.pem'))))
    const last = certificatesIn(await readFile(live('chain.pem'), 'utf8')).at(-1) ?? ''
    assert.equal(new X509Certificate(last).issuer, 'CN=Lab Root X2')
  })

  test('a revocation by the key of the certificate, and the end of the account', async () => {
    await runCertbot(
      'revoke',
      `--cert-path=${live('cert.pem')}`,
      `--key-path=${live('privkey.pem')}`,
      '--no-delete-after-revoke',
    )
    assert.equal(authority.issued[0]?.revoked, true)
    await runCertbot('unregister')
  })
})
