import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { checkout } from '../toolbox/cache.ts'
import { fileOf, manifest } from './manifest.ts'

// What a container engine makes of it is in `image.lab.test.ts`.
const dockerfile = fileOf('Dockerfile')

test('its Node is the one that everything was tested with', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  const [, version] = /^ARG NODE_VERSION=(\S+)$/m.exec(dockerfile) ?? []
  assert.equal(version, devDependencies['node'])
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
  assert.deepEqual(new Set(bases), new Set([`node:\${NODE_VERSION}-trixie-slim`]))
})

test('the ports of the app are those of the image', () => {
  const [, exposed = ''] = /^EXPOSE (.*)$/m.exec(dockerfile) ?? []
  const ports = Object.keys(manifest.ports).map((port) => Number.parseInt(port, 10))
  assert.deepEqual(
    new Set(exposed.split(' ').map(Number)),
    new Set([...ports, manifest.ingress_port]),
  )
})

test('nothing reaches the engine but what is named, and of the sources no tests', () => {
  const [first, ...rest] = readFileSync(join(checkout, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  assert.equal(first, '*')
  assert.equal(rest.at(-1), 'src/**/*.test.ts')
  const named = rest.slice(0, -1).map((line) => line.replace(/^!/, ''))
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(
    ([, sources = '']) => sources.split(' '),
  )
  assert.deepEqual(named.toSorted(), [...new Set(copied)].toSorted())
})
