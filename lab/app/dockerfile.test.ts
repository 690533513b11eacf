import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { checkout } from '../toolbox/cache.ts'
import { exec, isIgnored, parseDockerfile } from './dockerfile.ts'
import { fileOf, manifest } from './manifest.ts'

const stages = parseDockerfile(fileOf('Dockerfile'))
const last = stages.at(-1)

test('the image is built in two stages from one base, and starts what the app runs, as another user than root', () => {
  assert.equal(stages.length, 2)
  assert.equal(new Set(stages.map(({ base }) => base)).size, 1)
  const of = (name: string) => last?.instructions.find((each) => each.name === name)?.rest ?? ''
  assert.deepEqual(exec(of('ENTRYPOINT')), ['node', '/app/dist/main.js'])
  assert.deepEqual(exec(of('CMD')), ['app', '--user', '1000:1000'])
  for (const port of [
    manifest.ingress_port,
    ...Object.keys(manifest.ports).map((port) => Number.parseInt(port, 10)),
  ])
    assert.match(of('EXPOSE'), new RegExp(`\\b${port}\\b`))
})

test('its Node is the one that everything was tested with', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  assert.equal(last?.base, `node:${devDependencies['node']}-trixie-slim`)
})

test('the retired builder is not needed: the labels are in the Dockerfile', () => {
  const label = last?.instructions.find(({ name }) => name === 'LABEL')?.rest ?? ''
  for (const each of ['io.hass.type="app"', 'io.hass.version=', 'io.hass.arch='])
    assert.ok(label.includes(each), each)
})

test('the context has what is copied, and neither secrets nor tests', () => {
  const dockerignore = readFileSync(join(checkout, '.dockerignore'), 'utf8')
  const left = (file: string) => !isIgnored(file, dockerignore)
  for (const file of ['package-lock.json', 'src/main.ts', 'lab/package.json', 'LICENSE'])
    assert.ok(left(file), file)
  for (const file of [
    'gatehouse.yaml',
    'cloudflare.token',
    'gatehouse-data/certificate/live/privkey.pem',
    '.git/config',
    'src/server/local.test.ts',
    'lab/world/world.ts',
    'node_modules/zod/package.json',
  ])
    assert.ok(!left(file), file)
  for (const { instructions } of stages)
    for (const { name, flags, rest } of instructions)
      if (name === 'COPY' && flags['from'] === undefined)
        for (const source of rest.split(/\s+/).slice(0, -1)) assert.ok(left(source), source)
})
