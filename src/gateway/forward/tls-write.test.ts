import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:tls'
import { test } from 'node:test'

import { makeAuthority } from '../../../lab/simulators/pki.ts'

// The gateway gives memory to a free TLS socket and uses it again at once: Node encrypts within `write`. Should a
// version of Node stop doing so, this fails, and `ClientConnection.send` has to copy.

test('what is written to a free TLS socket is encrypted before write returns', async () => {
  const { certificatePem: cert, keyPem: key } = await (
    await makeAuthority('test')
  ).issue({ names: ['ha.example.com'] })
  const size = 300_000
  const server = createServer({ cert, key }, (socket) => {
    const memory = Buffer.alloc(size, 'a')
    assert.equal(socket.writableLength, 0)
    socket.write(memory)
    memory.fill('b')
    // This one has to wait for the first, so it is still ours: writableLength says so.
    assert.notEqual(socket.writableLength, 0)
    socket.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const got = await new Promise<Buffer>((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', () => resolve(Buffer.concat(chunks)))
  })
  server.close()
  assert.ok(got.equals(Buffer.alloc(size, 'a')))
})
