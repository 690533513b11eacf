import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test } from 'node:test'

import { z } from 'zod'

import { checkout } from '../toolbox/cache.ts'
import { run } from '../toolbox/run.ts'
import { tool } from '../toolbox/tool.ts'

// What other people's programs say of the files that tell containers and kernels what Gatehouse may do.

const compose = await tool('docker-compose')
const parser = await tool('apparmor_parser')

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

suite('the compose file', { skip: 'missing' in compose && compose.missing }, () => {
  test('is what docker compose understands, and builds from the Dockerfile of the app', async () => {
    if ('missing' in compose) return
    const file = join(checkout, 'packaging/compose/compose.yaml')
    const { code, out, text } = await run([
      ...compose.command,
      '--file',
      file,
      'config',
      '--format',
      'json',
    ])
    assert.equal(code, 0, text)
    const { gatehouse } = composed.parse(JSON.parse(out)).services
    assert.equal(gatehouse.build.context, checkout)
    assert.equal(gatehouse.build.dockerfile, 'app/Dockerfile')
    assert.equal(gatehouse.user, '1000:1000')
  })
})

suite('the AppArmor profile', { skip: 'missing' in parser && parser.missing }, () => {
  test('compiles', async () => {
    if ('missing' in parser) return
    const file = join(checkout, 'app/apparmor.txt')
    const { code, text } = await run([
      ...parser.command,
      '--skip-kernel-load',
      '--skip-cache',
      '--warn=all',
      file,
    ])
    assert.equal(code, 0, text)
  })
})
