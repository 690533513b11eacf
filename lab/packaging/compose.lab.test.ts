import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, suite, test } from 'node:test'

import { z } from 'zod'

import { containerEngine } from '../containers/engine.ts'
import { buildImage } from '../containers/image.ts'
import { checkout } from '../toolbox/cache.ts'
import { run } from '../toolbox/run.ts'
import { tool } from '../toolbox/tool.ts'
import { startWorld, type World } from '../world/world.ts'

/*
 * What docs/install/compose.md says, typed: docker compose itself, with podman as its engine, on the network of a host that is a
 * world on loopback.
 */

const compose = await tool('docker-compose')
const found = await containerEngine()
const missing = [compose, found].flatMap((each) => ('missing' in each ? [each.missing] : []))

suite('with docker compose', { skip: missing[0] ?? false }, () => {
  if ('missing' in compose || 'missing' in found) return
  const engine = found
  let world: World
  let folder = ''
  let service: ChildProcess | undefined
  const project = `gatehouse-${process.pid}`

  before(async () => {
    await buildImage(engine)
    world = await startWorld()
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-compose-'))
    await chmod(folder, 0o755)
    const config = join(folder, 'config')
    await mkdir(config)
    for (const file of await readdir(world.folder)) {
      if (!/\.(?:yaml|token|pem)$/.test(file)) continue
      await copyFile(join(world.folder, file), join(config, file))
      await chown(join(config, file), 1000, 1000)
    }
    // Only what is of this lab: where the configuration lies, and whom its world trusts.
    await writeFile(
      join(folder, 'lab.yaml'),
      `services:
  gatehouse:
    volumes: ["${config}:/config:ro"]
    environment: { NODE_EXTRA_CA_CERTS: /config/roots.pem }
`,
    )
    const [program = '', ...words] = engine.command([
      'system',
      'service',
      '--time=0',
      `unix://${folder}/engine.sock`,
    ])
    service = spawn(program, words, { stdio: 'ignore' })
    for (let tries = 0; tries < 100 && !existsSync(join(folder, 'engine.sock')); tries++)
      await sleep(100)
  })
  after(async () => {
    if (service) await docker(['down', '--volumes', '--timeout', '10'])
    service?.kill()
    await world?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const docker = (words: readonly string[], seconds = 120) =>
    run(
      [
        ...compose.command,
        '--project-name',
        project,
        '--file',
        join(checkout, 'packaging/compose/compose.yaml'),
        '--file',
        join(folder, 'lab.yaml'),
        ...words,
      ],
      { env: { DOCKER_HOST: `unix://${folder}/engine.sock` }, seconds },
    )

  test('the file is understood, and gives Gatehouse as little as it needs', async () => {
    const { code, out, text } = await docker(['config', '--format', 'json'])
    assert.equal(code, 0, text)
    const { gatehouse } = composed.parse(JSON.parse(out)).services
    assert.equal(gatehouse.build.context, checkout)
    assert.equal(gatehouse.build.dockerfile, 'app/Dockerfile')
    assert.equal(gatehouse.user, '1000:1000')
  })

  test('plan shows, apply does', async () => {
    const once = (command: string, ...more: string[]) =>
      docker([
        'run',
        '--rm',
        '--no-TTY',
        'gatehouse',
        command,
        '--config',
        '/config/gatehouse.yaml',
        '--data',
        '/data',
        ...more,
      ])
    const plan = await once('plan')
    assert.equal(plan.code, 0, plan.text)
    assert.match(plan.text, /create A ha\.example\.com/)
    const apply = await once('apply', '--yes')
    assert.equal(apply.code, 0, apply.text)
    assert.ok(world.zone.records.some(({ name, proxied }) => name === world.name && proxied))
  })

  test('it is up, healthy, and proves the chain from inside of its container', async () => {
    const up = await docker(['up', '--detach', '--no-build'])
    assert.equal(up.code, 0, up.text)
    // Podman leaves the rhythm of the check to systemd, which is not everywhere; the check itself is the one of the file.
    const deadline = performance.now() + 60_000
    for (;;) {
      const health = await engine.exec(['healthcheck', 'run', `${project}-gatehouse-1`])
      if (health.code === 0) break
      assert.ok(performance.now() < deadline, health.text)
      await sleep(500)
    }
    const verify = await docker([
      'exec',
      '--no-TTY',
      'gatehouse',
      'node',
      '/app/dist/main.js',
      'verify',
      '--config',
      '/config/gatehouse.yaml',
      '--data',
      '/data',
    ])
    assert.equal(verify.code, 0, verify.text)
  })

  test('it stops when it is told to', async () => {
    const { code, text } = await docker(['stop'])
    assert.equal(code, 0, text)
    const { out } = await docker(['ps', '--all', '--format', 'json'])
    assert.match(out, /"ExitCode":0\b/)
  })
})

const composed = z.object({
  services: z.object({
    gatehouse: z.looseObject({
      build: z.object({ context: z.string(), dockerfile: z.string() }),
      user: z.string(),
      read_only: z.literal(true),
      cap_drop: z.tuple([z.literal('ALL')]),
      network_mode: z.literal('host'),
    }),
  }),
})
