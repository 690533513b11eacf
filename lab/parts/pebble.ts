import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import type { DnsServer } from '../../src/adapters/dns/query.ts'
import { makeAuthority } from '../simulators/pki.ts'

export type Pebble = {
  readonly directoryUrl: string
  /** One of its roots: 0 is that of the chains it sends, 1 that of the alternate ones. */
  root(which: number): Promise<string>
  close(): Promise<void>
}

export type PebbleOptions = {
  readonly port: number
  readonly nameServer: DnsServer
  /** Merged into its configuration. */
  readonly more?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
}

/** Let's Encrypt's own small authority in strict mode, over TLS with a certificate that this process trusts from now on. */
export async function startPebble(
  command: readonly string[],
  { port, nameServer, more = {}, env = {} }: PebbleOptions,
): Promise<Pebble> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-pebble-'))
  const authority = await makeAuthority('the web of Pebble')
  setDefaultCACertificates([...getCACertificates('default'), authority.certificatePem])
  const pair = await authority.issue({ names: ['localhost'] })
  const file = (name: string): string => join(folder, name)
  await writeFile(file('cert.pem'), pair.certificatePem)
  await writeFile(file('key.pem'), pair.keyPem)
  const configuration = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${port + 1}`,
    certificate: file('cert.pem'),
    privateKey: file('key.pem'),
    httpPort: 5002,
    tlsPort: 5001,
    ocspResponderURL: '',
    ...more,
  }
  await writeFile(file('pebble.json'), JSON.stringify({ pebble: configuration }))
  const [program = '', ...words] = command
  const dns = `${nameServer.host}:${nameServer.port}`
  const child = spawn(
    program,
    [...words, '-config', file('pebble.json'), '-strict', '-dnsserver', dns],
    { env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-20_000)
    })
  const directoryUrl = `https://localhost:${port}/dir`
  const close = async (): Promise<void> => {
    if (child.exitCode === null) {
      child.kill('SIGKILL')
      await new Promise((done) => child.once('exit', done))
    }
    await rm(folder, { recursive: true, force: true })
  }
  for (let look = 0; look < 100; look++) {
    const up = await fetch(directoryUrl).then(
      async (answer) => (await answer.arrayBuffer(), answer.ok),
      () => false,
    )
    if (up)
      return {
        directoryUrl,
        root: async (which) => (await fetch(`https://localhost:${port + 1}/roots/${which}`)).text(),
        close,
      }
    if (child.exitCode !== null) break
    await sleep(100)
  }
  await close()
  throw new Error(`pebble did not start: ${said}`)
}
