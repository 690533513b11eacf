import assert from 'node:assert/strict'
import { suite, test } from 'node:test'

import { corpus } from './fuzz/corpus.ts'
import { oursOfRequests } from './fuzz/ours.ts'
import { requestStream } from './fuzz/messages.ts'
import { seeded } from './fuzz/random.ts'
import { rawUpstream } from './raw-upstream.ts'
import { dialEdge, worldFor, type World } from './world.ts'

// The whole gateway between an attacker with the edge's certificate and a home whose every byte is kept.

/** Sends the stream in these pieces; answers when the gateway has closed, has answered so many, or has been quiet for that long. */
function send(
  world: World,
  pieces: readonly Buffer[],
  answers: number,
  quietMs = 5000,
): Promise<string> {
  return new Promise((resolve) => {
    const socket = dialEdge(world)
    let text = ''
    const finish = (): void => {
      socket.destroy()
      resolve(text)
    }
    socket.on('error', finish)
    socket.on('close', finish)
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (answers > 0 && text.split('HTTP/1.1 ').length > answers) setTimeout(finish, 20)
    })
    socket.on('secureConnect', () => {
      for (const piece of pieces) socket.write(piece)
    })
    socket.setTimeout(quietMs, () => {
      text += 'HUNG'
      finish()
    })
  })
}

const halves = (stream: Buffer): Buffer[] => {
  const middle = Math.floor(stream.length / 2)
  return [stream.subarray(0, middle), stream.subarray(middle)]
}

suite('requests of attackers, through the gateway', () => {
  for (const { name, stream, passes } of corpus) {
    test(`${name}: ${passes === 0 ? 'nothing reaches the home' : `${passes} reach it`}`, async (t) => {
      const home = await rawUpstream(t)
      const world = await worldFor(t, { upstream: home.url })
      const bytes = Buffer.from(stream, 'latin1')
      for (const pieces of [[bytes], halves(bytes)]) {
        const before = home.requests().length
        const text = await send(world, pieces, passes)
        assert.ok(!text.includes('HUNG'), `it was left waiting: ${text}`)
        const reached = home.requests().slice(before)
        assert.equal(reached.filter((each) => each.whole).length, passes, text)
        if (passes === 0) assert.doesNotMatch(text, /^HTTP\/1\.1 [123]/u)
        for (const { fields } of reached)
          assert.deepEqual(
            fields.filter((each) =>
              /^(?:x-forwarded-for|cf[-_]connecting[-_]ip|transfer_|content_)/u.test(each),
            ),
            ['x-forwarded-for: 198.51.100.9'],
          )
      }
      assert.equal(home.complaint(), undefined)
      if (passes === 0) assert.equal(Buffer.concat(home.received).length, 0, 'not one byte')
    })
  }
})

const cases = 60
const seed = 20_261_125

test(`what reaches the home means what the reader took it for (${cases} streams of seed ${seed})`, async (t) => {
  const home = await rawUpstream(t)
  const world = await worldFor(t, { upstream: home.url })
  const random = seeded(seed)
  let reachedInAll = 0
  for (let i = 0; i < cases; i++) {
    // Every request says who visits, or none of them would be passed on.
    const stream = requestStream(random, random.oneOf([0, 0.3, 1])).replaceAll(
      'Host: ha.example.com\r\n',
      'Host: ha.example.com\r\nCF-Connecting-IP: 198.51.100.9\r\n',
    )
    const bytes = Buffer.from(stream, 'latin1')
    const ours = oursOfRequests([bytes]).messages.filter((each) => each.whole)
    const before = home.requests().length
    await send(world, [bytes], 0, 60)
    const reached = home.requests().slice(before)
    reachedInAll += reached.length
    const says = `case ${i}: ${JSON.stringify(stream)}`
    for (const [at, request] of reached.filter((each) => each.whole).entries()) {
      assert.equal(request.method, ours[at]?.method, says)
      assert.equal(request.target, ours[at]?.target, says)
      assert.equal(request.body, ours[at]?.body, says)
    }
    assert.equal(home.complaint(), undefined, says)
  }
  assert.ok(
    reachedInAll > cases / 3,
    `only ${reachedInAll} requests reached the home: this shows nothing`,
  )
})
