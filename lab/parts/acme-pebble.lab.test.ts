import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'

import { tool, type Tool } from '../toolbox/tool.ts'
import { run } from '../toolbox/run.ts'
import { startWorld } from './cloudflare-world.ts'
import { program } from '../world/program.ts'

// Our ACME client, by the adapters that `apply` uses, against Let's Encrypt's own test authority in strict
// mode: it refuses nonces at random, and looks the proof up at our Cloudflare's name server.

const renew = [process.execPath, program, 'certificate', 'renew', '--yes', '--config']

for (const name of ['pebble', 'pebble-2.4'] as const) {
  const pebble = await tool(name)
  suite(`our ACME client and ${name}`, { skip: 'missing' in pebble && pebble.missing }, () => {
    test(
      'gets a certificate, and another with the same account',
      { timeout: 120_000 },
      async (t) => {
        if ('missing' in pebble) return
        const { issue, live, world } = await worldFor(t, pebble)
        await issue()
        const first = new X509Certificate(await readFile(live))
        assert.equal(first.subjectAltName, 'DNS:ha.example.com')
        assert.deepEqual(world.zone.records, [])
        await issue()
        assert.notEqual(new X509Certificate(await readFile(live)).serialNumber, first.serialNumber)
      },
    )

    test(
      'overcomes nonces that are refused a quarter of the time',
      { timeout: 120_000 },
      async (t) => {
        if ('missing' in pebble) return
        const { issue, live } = await worldFor(t, pebble, { PEBBLE_WFE_NONCEREJECT: '25' })
        await issue()
        assert.equal(new X509Certificate(await readFile(live)).subjectAltName, 'DNS:ha.example.com')
      },
    )
  })
}

async function worldFor(t: TestContext, pebble: Tool, env: Readonly<Record<string, string>> = {}) {
  const world = await startWorld()
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-pebble-'))
  const at = world.address(30)
  const web = await world.web.issue({ names: ['localhost', at] })
  await writeFile(join(folder, 'cert.pem'), web.certificatePem)
  await writeFile(join(folder, 'key.pem'), web.keyPem)
  const settings = {
    listenAddress: `${at}:14000`,
    managementListenAddress: `${at}:15000`,
    certificate: join(folder, 'cert.pem'),
    privateKey: join(folder, 'key.pem'),
    httpPort: 5002,
    tlsPort: 5001,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
    profiles: {
      classic: { description: 'as ever', validityPeriod: 7_776_000 },
      tlsserver: { description: 'shorter', validityPeriod: 3_888_000 },
    },
  }
  await writeFile(join(folder, 'pebble.json'), JSON.stringify({ pebble: settings }))
  const [server] = world.cloudflare.nameServers
  assert.ok(server)
  const [command, ...words] = pebble.command
  const child = spawn(
    command,
    [
      ...words,
      '-config',
      join(folder, 'pebble.json'),
      '-dnsserver',
      `${server.host}:${server.port}`,
      '-strict',
    ],
    { env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  t.after(async () => {
    child.kill('SIGKILL')
    await world.close()
    await rm(folder, { recursive: true })
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('ACME directory available')) resolve()
    })
    child.on('exit', (code) => reject(new Error(`pebble ended with ${code}: ${said}`)))
  })

  const configuration = join(folder, 'gatehouse.yaml')
  const servers = world.cloudflare.nameServers
    .map((each) => `"${each.host}:${each.port}"`)
    .join(', ')
  await writeFile(
    configuration,
    `names: [ha.example.com]\ncloudflare: {token: ${world.token.value}, base_url: "${world.cloudflare.baseUrl}"}\ncertificate: {directory: "https://${at}:14000/dir", staging_directory: none}\ndns: {nameservers: [${servers}]}\n`,
  )
  return {
    world,
    live: join(folder, 'gatehouse-data/certificate/live/fullchain.pem'),
    async issue() {
      const { code, text } = await run([...renew, configuration], {
        env: { NODE_EXTRA_CA_CERTS: world.roots },
        seconds: 60,
      })
      assert.equal(code, 0, `${text}\n${said.slice(-2000)}`)
    },
  }
}
