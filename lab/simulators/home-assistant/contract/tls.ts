import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'

import { makeAuthority, type Pair } from '../../pki.ts'
import { ask } from '../wire.ts'
import { restarted, say, setHttp, until, type Home, type Start, type World } from './home.ts'

/** TLS in Home Assistant itself: on the same port, read at the start and never again. */
export function tlsContract(name: string, world: World, start: Start): void {
  suite(`${name}: TLS in Home Assistant`, () => {
    let home: Home
    let authority: Awaited<ReturnType<typeof makeAuthority>>
    before(async () => {
      authority = await makeAuthority('Lab CA')
      home = await start({})
    })
    after(() => home.close())

    const secure = (): Home => ({ ...home, url: home.url.replace('http:', 'https:') })
    const served = async () => (await ask(secure().url, '/manifest.json')).certificate
    const put = async (certificate: Pair, key = certificate): Promise<Pair> => {
      await writeFile(join(home.folder, 'fullchain.pem'), certificate.certificatePem)
      await writeFile(join(home.folder, 'privkey.pem'), key.keyPem)
      return certificate
    }
    const fresh = () => authority.issue({ names: ['ha.example.com'] })

    test('plain HTTP before: to TLS it hangs up', async () => {
      await assert.rejects(ask(secure().url, '/manifest.json'))
    })

    test('with a pair it serves TLS alone on the same port; to plain HTTP it hangs up', async () => {
      const pair = await put(await fresh())
      const files = {
        ssl_certificate: join(home.folder, 'fullchain.pem'),
        ssl_key: join(home.folder, 'privkey.pem'),
      }
      await setHttp(home, world, files, secure())
      assert.equal((await served())?.fingerprint, fingerprintOf(pair))
      await assert.rejects(ask(home.url, '/manifest.json'), { code: 'ECONNRESET' })
      const config = await say(secure(), { type: 'get_config' })
      assert.ok('result' in config)
    })

    test('another pair in the same place is taken at the next start, not before', async () => {
      const before = await served()
      const pair = await put(await fresh())
      assert.deepEqual(await served(), before)
      await restarted(secure())
      assert.equal((await served())?.fingerprint, fingerprintOf(pair))
    })

    test('with a pair that does not belong together it comes up in recovery mode, and says so in its certificate', async () => {
      await put(await fresh(), await fresh())
      await restarted(secure())
      await untilEmergency()
      assert.match((await served())?.issuer ?? '', /^O=Home Assistant Emergency Certificate$/m)
      assert.equal((await ask(secure().url, '/manifest.json')).status, 200)
      const config = await say(secure(), { type: 'get_config' })
      assert.ok('result' in config)
      assert.match(JSON.stringify(config.result), /"recovery_mode":true/)
      if (world === 'store')
        await until(secure(), ({ active_config_type: active }) => active === 'stable')
    })

    test('and with a good pair it is itself again after a restart', async () => {
      const pair = await put(await fresh())
      await restarted(secure())
      assert.equal((await served())?.fingerprint, fingerprintOf(pair))
      const config = await say(secure(), { type: 'get_config' })
      assert.ok('result' in config)
      assert.match(JSON.stringify(config.result), /"recovery_mode":false/)
    })

    /** It boots twice: once in vain. */
    async function untilEmergency(): Promise<void> {
      const deadline = performance.now() + 300_000
      while (performance.now() < deadline) {
        const seen = await served().catch(() => undefined)
        if (seen?.issuer.includes('Emergency') === true) return
        await new Promise((done) => setTimeout(done, 100))
      }
      assert.fail('no emergency certificate')
    }
  })
}

const fingerprintOf = ({ certificatePem }: Pair): string =>
  new X509Certificate(certificatePem).fingerprint256
