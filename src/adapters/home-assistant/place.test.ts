import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { connect, createServer, type TLSSocket } from 'node:tls'

import { makeAuthority } from '../../../lab/simulators/pki.ts'
import { Secret } from '../../core/secret.ts'
import type { Access } from './access.ts'
import { mustBeOurs } from './place.ts'

// To whom the token is said. 192.0.2.5 stands for a Home Assistant in the network at home.

const access = (url: string, ours: readonly string[] = []): Access => ({
  url,
  token: new Secret('token', 'canary'),
  names: ['ha.example.com'],
  ours: () => Promise.resolve(ours),
  configurationFolder: undefined,
})

/** A connection to a server with a certificate for these names, from an authority that is known or not. */
async function served(t: TestContext, names: readonly string[], isKnown: boolean) {
  const authority = await makeAuthority('An authority')
  const pair = await authority.issue({ names })
  const server = createServer({ cert: pair.certificatePem, key: pair.keyPem })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const socket: TLSSocket = connect({
    port: address.port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ...(isKnown ? { ca: authority.certificatePem } : {}),
  })
  t.after(() => socket.destroy())
  await once(socket, 'secureConnect')
  return { socket, fingerprint: new X509Certificate(pair.certificatePem).fingerprint256 }
}

const https = 'https://192.0.2.5:8123'
const refused = { code: 'home-assistant/certificate' }

test('to a certificate of a known authority for a public name, or for the host itself', async (t) => {
  for (const name of ['ha.example.com', '192.0.2.5']) {
    const { socket } = await served(t, [name], true)
    await mustBeOurs({ url: https, access: access(https) }, socket)
  }
})

test('to a certificate that is ours, whoever issued it', async (t) => {
  const { socket, fingerprint } = await served(t, ['whatever.example'], false)
  await mustBeOurs({ url: https, access: access(https, [fingerprint]) }, socket)
})

test('not to another name, and not to an unknown authority', async (t) => {
  for (const [name, isKnown] of [
    ['other.example', true],
    ['ha.example.com', false],
  ] as const) {
    const { socket } = await served(t, [name], isKnown)
    await assert.rejects(mustBeOurs({ url: https, access: access(https) }, socket), refused)
    // Nor where plain HTTP was written and TLS is found.
    const plain = access('http://192.0.2.5:8123')
    await assert.rejects(mustBeOurs({ url: https, access: plain }, socket), refused)
  }
})

test('in clear text only where the owner wrote that, or on this machine', async () => {
  const http = 'http://192.0.2.5:8123'
  await mustBeOurs({ url: http, access: access(http) }, undefined)
  await assert.rejects(mustBeOurs({ url: http, access: access(https) }, undefined), refused)
  const here = 'http://127.0.0.1:8123'
  await mustBeOurs({ url: here, access: access('https://127.0.0.1:8123') }, undefined)
})
