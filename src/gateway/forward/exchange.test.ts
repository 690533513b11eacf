import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  dialEdge,
  get,
  message,
  overEdge,
  until,
  worldFor,
  type World,
} from '../../../lab/gateway/world.ts'

/** An upstream that does with each connection what it is told, and how many connections it had. */
async function upstream(t: TestContext, serve: (socket: Socket, which: number) => void) {
  let connections = 0
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    serve(socket, connections++)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}`, connections: () => connections }
}

const says = (head: string, body = '') => `HTTP/1.1 ${head}\r\n\r\n${body}`
const ok = says('200 OK\r\nContent-Length: 2', 'ok')

/** Answers every head with the same. */
const always = (text: string) => (socket: Socket) =>
  void socket.on('data', () => socket.write(text))

const answerOf = async (t: TestContext, text: string, request = get()) => {
  const home = await upstream(t, (socket) => {
    socket.once('data', () => socket.end(text))
  })
  return (await overEdge(await worldFor(t, { upstream: home.url }), request)).text
}

suite('requests', () => {
  test('follow each other over one connection, also before the answer, and share one upstream connection', async (t) => {
    const home = await upstream(t, always(ok))
    const world = await worldFor(t, { upstream: home.url })
    const socket = dialEdge(world)
    socket.write(message('GET /1').repeat(5))
    await until(socket, /(?:ok[^]*){5}/)
    socket.write(message('GET /2'))
    assert.match(await until(socket, /ok/), /^HTTP\/1\.1 200 OK\r\nContent-Length: 2\r\n\r\nok$/)
    assert.equal(home.connections(), 1)
    socket.destroy()
  })

  test('an expectation is passed on, and so is the consent', async (t) => {
    const home = await upstream(t, (socket) => {
      socket.once('data', (head: Buffer) => {
        assert.match(head.toString(), /Expect: 100-continue/)
        socket.write(says('100 Continue'))
        socket.once('data', () => socket.write(ok))
      })
    })
    const world = await worldFor(t, { upstream: home.url })
    const socket = dialEdge(world)
    socket.write(message('PUT /', ['Expect: 100-continue', 'Content-Length: 4']))
    assert.match(await until(socket, /\r\n\r\n/), /^HTTP\/1\.1 100 /)
    socket.write('body')
    assert.match(await until(socket, /ok$/), /^HTTP\/1\.1 200 /)
    socket.destroy()
  })

  test('hints that come in one piece with the answer arrive before it', async (t) => {
    const hints = says('103 Early Hints\r\nLink: </style.css>; rel=preload')
    const home = await upstream(t, always(`${hints}${hints}${ok}`))
    const socket = dialEdge(await worldFor(t, { upstream: home.url }))
    for (let i = 0; i < 2; i++) {
      socket.write(message('GET /'))
      assert.equal(await until(socket, /ok$/), `${hints}${hints}${ok}`)
    }
    socket.destroy()
  })

  test('chunks are framed anew, trailers stay behind', async (t) => {
    const seen: string[] = []
    const home = await upstream(t, (socket) => {
      socket.on('data', (chunk: Buffer) => {
        seen.push(chunk.toString('latin1'))
        if (chunk.includes('0\r\n\r\n')) socket.write(ok)
      })
    })
    const world = await worldFor(t, { upstream: home.url })
    await overEdge(
      world,
      message(
        'POST /',
        ['Transfer-Encoding: CHUNKED', 'Trailer: X-Sum', 'Connection: close'],
        '003\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n',
      ),
    )
    const sent = seen.join('')
    assert.match(sent, /\r\nTransfer-Encoding: chunked\r\n[^]*\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/)
    assert.doesNotMatch(sent, /X-Sum|Trailer|CHUNKED/)
  })

  test('an answer before the end of the request is passed on, and the connection is not used again', async (t) => {
    const home = await upstream(t, (socket) => {
      socket.once('data', () => socket.write(says('413 Too Large\r\nContent-Length: 0')))
    })
    const world = await worldFor(t, { upstream: home.url })
    const socket = dialEdge(world)
    socket.write(message('POST /', ['Content-Length: 1000000'], 'a'))
    assert.match(await until(socket, /never/), /^HTTP\/1\.1 413 /)
  })

  test('a connection that the upstream closed is not the visitor’s concern', async (t) => {
    const home = await upstream(t, (socket, which) => {
      let asked = 0
      socket.on('data', () => {
        // The first connection serves once, and then closes at the very moment that it is used again.
        if (which === 0 && ++asked === 2) socket.destroy()
        else socket.write(ok)
      })
    })
    const world = await worldFor(t, { upstream: home.url })
    const socket = dialEdge(world)
    for (let i = 0; i < 2; i++) {
      socket.write(message('GET /'))
      assert.match(await until(socket, /ok$|502/), /^HTTP\/1\.1 200 /)
    }
    assert.equal(home.connections(), 2)
    socket.destroy()
  })

  test('what may have been done is not sent a second time', async (t) => {
    let posts = 0
    const home = await upstream(t, (socket) => {
      socket.on('data', (chunk: Buffer) => {
        if (!chunk.toString().startsWith('POST')) socket.write(ok)
        else {
          posts++
          socket.destroy()
        }
      })
    })
    const world = await worldFor(t, { upstream: home.url })
    const socket = dialEdge(world)
    socket.write(message('GET /'))
    await until(socket, /ok$/)
    socket.write(message('POST /', ['Content-Length: 1'], 'a'))
    assert.match(await until(socket, /502/), /^HTTP\/1\.1 502 /)
    assert.equal(posts, 1)
    socket.destroy()
  })
})

suite('answers', () => {
  test('a body that ends with the connection is put into chunks', async (t) => {
    assert.match(
      await answerOf(t, 'HTTP/1.0 200 OK\r\nX: y\r\n\r\nall of it'),
      /^HTTP\/1\.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n9\r\nall of it\r\n0\r\n\r\n$/,
    )
  })

  test('one that broke off never looks whole', async (t) => {
    for (const head of ['Content-Length: 10', 'Transfer-Encoding: chunked']) {
      const text = await answerOf(t, says(`200 OK\r\n${head}`, '5\r\nabcde\r\n'))
      assert.match(text, /^HTTP\/1\.1 200 /)
      assert.doesNotMatch(text, /0\r\n\r\n$/)
    }
  })

  test('what belongs to the connection at home stays there', async (t) => {
    const text = await answerOf(
      t,
      says(
        '200 OK\r\nConnection: close, X-Secret\r\nKeep-Alive: timeout=5\r\nX-Secret: 1\r\nSet-Cookie: a=b\r\nContent-Length: 2',
        'ok',
      ),
      message('GET /'),
    )
    assert.equal(text, says('200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2', 'ok'))
  })

  test('to HEAD and 304 there is no body, whatever the length says', async (t) => {
    const home = await upstream(t, always(says('200 OK\r\nContent-Length: 1000')))
    const world = await worldFor(t, { upstream: home.url })
    const { text } = await overEdge(
      world,
      message('HEAD /').repeat(2) + get().replace('GET', 'HEAD'),
    )
    assert.equal(text.match(/Content-Length: 1000/g)?.length, 3)
    assert.match(await answerOf(t, says('304 Not Modified\r\nETag: x')), /^HTTP\/1\.1 304 /)
  })

  for (const [what, text] of Object.entries({
    'both framings': says('200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
    'an upgrade that nobody asked for': says(
      '101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket',
    ),
    'no HTTP': 'SSH-2.0-OpenSSH\r\n\r\n',
  }))
    test(`${what}: 502`, async (t) => {
      assert.match(await answerOf(t, text), /^HTTP\/1\.1 502 /)
    })

  test('bytes behind an answer close the connection to the upstream and reach nobody', async (t) => {
    const home = await upstream(t, always(ok + says('200 OK\r\nContent-Length: 6', 'poison')))
    const world = await worldFor(t, { upstream: home.url })
    const { text } = await overEdge(world, message('GET /1') + get('/2'))
    assert.doesNotMatch(text, /poison/)
    assert.equal(text.match(/200 OK/g)?.length, 2)
    assert.equal(home.connections(), 2)
  })
})

suite('streams', () => {
  const megabyte = Buffer.alloc(1_048_576, 'x')

  test('a visitor who does not read holds the upstream up, at bounded memory', async (t) => {
    let written = 0
    const home = await upstream(t, (socket) => {
      socket.once('data', () => {
        socket.write(says('200 OK\r\nContent-Length: 104857600'))
        const more = (): void => {
          while (written < 100 && socket.write(megabyte)) written++
        }
        socket.on('drain', () => {
          written++
          more()
        })
        more()
      })
    })
    const world = await worldFor(t, { upstream: home.url })
    const socket = dialEdge(world)
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    socket.pause()
    socket.write(message('GET /'))
    await settled(() => written)
    assert.ok(written < 50, `${written} MB went into the void`)
    let got = 0
    socket.on('data', (chunk: Buffer) => (got += chunk.length))
    socket.resume()
    while (got < 100 * megabyte.length && !socket.destroyed) await sleep(20)
    assert.ok(got > 100 * megabyte.length)
    socket.destroy()
  })

  test('an upstream that does not read holds the visitor up', async (t) => {
    const home = await upstream(t, (socket) => void socket.pause())
    const world = await worldFor(t, { upstream: home.url })
    const socket = dialEdge(world)
    socket.write(message('POST /', ['Content-Length: 1048576000']))
    let sent = 0
    const more = (): void => {
      while (sent < 1000 && socket.write(megabyte)) sent++
    }
    socket.on('drain', () => {
      sent++
      more()
    })
    more()
    await settled(() => sent)
    assert.ok(sent < 50, `${sent} MB went into the void`)
    socket.destroy()
  })

  test('what an upstream says bit by bit arrives bit by bit', async (t) => {
    const home = await upstream(t, (socket) => {
      socket.once('data', () => {
        socket.write(
          says('200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked'),
        )
      })
      socket.on('data', () => undefined)
      setTimeout(() => socket.write('b\r\ndata: one\n\n\r\n'), 200)
    })
    const world = await worldFor(t, { upstream: home.url })
    const socket = dialEdge(world)
    socket.write(message('GET /api/stream'))
    assert.match(await until(socket, /data: one\n\n\r\n$/), /\r\n\r\nb\r\ndata: one/)
    socket.destroy()
  })

  test('a visitor who leaves takes the connection to the upstream along', async (t) => {
    const closed = Promise.withResolvers<boolean>()
    const home = await upstream(t, (socket) => {
      socket.once('data', () => socket.write(says('200 OK\r\nTransfer-Encoding: chunked')))
      socket.on('close', () => closed.resolve(true))
    })
    const world = await worldFor(t, { upstream: home.url })
    const socket = dialEdge(world)
    socket.write(message('GET /'))
    await until(socket, /200/)
    socket.destroy()
    assert.ok(await closed.promise)
  })
})

suite('WebSockets', () => {
  const shake = message('GET /api/websocket', [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ])

  test('a refusal of the upstream is an answer like any other', async (t) => {
    const home = await upstream(t, always(says('426 Upgrade Required\r\nContent-Length: 0')))
    const world = await worldFor(t, { upstream: home.url })
    const socket = dialEdge(world)
    socket.write(shake)
    assert.match(await until(socket, /426/), /^HTTP\/1\.1 426 /)
    // Had the connection become a tunnel, this would reach the upstream unseen.
    socket.write('GET /hidden HTTP/1.1\r\nHost: evil\r\n\r\n')
    assert.match(await until(socket, /4\d\d/), /^HTTP\/1\.1 421 /)
    socket.destroy()
  })

  test('nothing is said before the answer', async (t) => {
    const seen: string[] = []
    const home = await upstream(t, (socket) => {
      socket.on('data', (chunk: Buffer) => seen.push(chunk.toString()))
    })
    const world = await worldFor(t, { upstream: home.url })
    const { text } = await overEdge(world, `${shake}GET /hidden HTTP/1.1\r\n\r\n`)
    assert.equal(text, '')
    assert.doesNotMatch(seen.join(''), /hidden/)
  })

  test('what the upstream sends together with its consent arrives', async (t) => {
    const home = await upstream(
      t,
      always(
        `${says('101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade')}early`,
      ),
    )
    const world = await worldFor(t, { upstream: home.url })
    const socket = dialEdge(world)
    socket.write(shake)
    assert.match(await until(socket, /early/), /^HTTP\/1\.1 101 [^]*\r\n\r\nearly$/)
    socket.destroy()
  })

  test('megabytes come back whole', async (t) => {
    const world = await worldFor(t)
    const socket = dialEdge(world)
    socket.write(shake)
    await until(socket, /\r\n\r\n$/)
    const sent = Buffer.alloc(8_000_000, 'abcdefgh')
    const got: Buffer[] = []
    socket.on('data', (chunk: Buffer) => got.push(chunk))
    socket.write(sent)
    while (got.reduce((sum, { length }) => sum + length, 0) < sent.length) await sleep(10)
    assert.ok(Buffer.concat(got).equals(sent))
    socket.destroy()
  })

  test('they are told to go when the gateway stops', async (t) => {
    const world: World = await worldFor(t)
    const socket = dialEdge(world)
    socket.write(shake)
    await until(socket, /\r\n\r\n$/)
    const last = until(socket, /never/)
    await world.gateway.close()
    assert.equal(Buffer.from(await last, 'latin1').toString('hex'), '880203e9')
  })
})

/** Until a number stays the same for a while. */
async function settled(value: () => number): Promise<void> {
  for (let same = 0, before = -1; same < 10; before = value()) {
    await sleep(50)
    same = value() === before ? same + 1 : 0
  }
}
