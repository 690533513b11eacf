import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { WebSocket, WebSocketServer } from 'ws'

import { exchange } from '../../src/adapters/http/exchange.ts'
import { seconds } from '../../src/core/duration.ts'
import { httpServer } from '../world/http-server.ts'
import { live, makeMortal, type Life } from './mortal.ts'

makeMortal()

const lifeOf = (effects: number): Life => ({
  effects: 0,
  diesAt: effects + 1,
  diskFull: undefined,
  died: false,
  onDeath: () => undefined,
})

test('who was killed asks nobody, writes nothing and says nothing more', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-mortal-'))
  t.after(() => rm(folder, { recursive: true }))
  const asked: string[] = []
  const { server, url } = await httpServer(t, (request, response) => {
    asked.push(request.url ?? '')
    response.end()
  })
  const said: string[] = []
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) =>
    socket.on('message', (data: Buffer) => {
      said.push(data.toString())
      socket.send('heard')
    }),
  )
  const ask = (path: string) =>
    exchange(
      new URL(path, url),
      {},
      { deadline: seconds(5), maxBytes: 1000 },
      AbortSignal.timeout(5000),
    )
  const write = async (name: string) => (await open(join(folder, name), 'w')).close()

  // To connect, and to say, ask and write once.
  const life = lifeOf(4)
  const socket = await live(life, async () => {
    const socket = new WebSocket(url)
    t.after(() => socket.terminate())
    await once(socket, 'open')
    socket.send('before')
    await once(socket, 'message')
    await ask('/before')
    await write('before')
    return socket
  })
  assert.equal(life.died, false)
  live(life, () => {
    void ask('/after')
    void write('after')
    socket.send('after')
  })
  assert.equal(life.died, true)

  // The living go on, and by the time that they are answered the dead would have been heard.
  await ask('/others')
  await write('others')
  assert.deepEqual(asked, ['/before', '/others'])
  assert.deepEqual(said, ['before'])
  assert.deepEqual((await readdir(folder)).toSorted(), ['before', 'others'])
})
