import assert from 'node:assert/strict'
import { suite, test } from 'node:test'

import fc from 'fast-check'

import { readRequests, readResponse, type RequestEvent } from './read.ts'
import type { Refusal } from './refusal.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

/** All events, with the runs of a body joined: where they are cut is nobody's business. */
function read(...pieces: readonly Buffer[]): unknown[] {
  const reader = readRequests()
  return joined(pieces.flatMap((piece) => [...reader.feed(piece)]))
}

function joined(events: readonly RequestEvent[]): unknown[] {
  const all: unknown[] = []
  let body = ''
  for (const event of events) {
    if (event.is === 'body') body += event.bytes.toString('latin1')
    else {
      if (body !== '') all.push({ is: 'body', body })
      body = ''
      all.push(event)
    }
  }
  if (body !== '') all.push({ is: 'body', body })
  return all
}

const refusalOf = (text: string): Refusal | 'accepted' | 'waits' => {
  const events = readRequests().feed(bytes(text))
  const last = events.at(-1)
  return last?.is === 'refused' ? last.because : events.length === 0 ? 'waits' : 'accepted'
}

const get = (fields = '') => `GET /a?b HTTP/1.1\r\nHost: h\r\n${fields}\r\n`
const post = (fields: string, body: string) => `POST / HTTP/1.1\r\nHost: h\r\n${fields}\r\n${body}`

suite('what is accepted', () => {
  test('two requests, one behind the other, with their bodies', () => {
    const text = `${post('Content-Length: 3\r\n', 'abc')}${post('transfer-encoding: Chunked\r\n', '2\r\nxy\r\n00a\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n')}${get('X:\r\nY: \t z \r\n')}`
    const events = read(bytes(text)) as { is: string; body?: string; fields?: unknown }[]
    assert.deepEqual(
      events.map(({ is }) => is),
      ['head', 'body', 'end', 'head', 'body', 'end', 'head', 'end'],
    )
    assert.deepEqual([events[1]?.body, events[4]?.body], ['abc', 'xy0123456789'])
    assert.deepEqual(events[6]?.fields, [
      ['Host', 'h'],
      ['X', ''],
      ['Y', 'z'],
    ])
  })

  test('a WebSocket handshake, and no upgrade to anything else', () => {
    const shake = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'
    const head = (fields: string) => read(bytes(get(fields)))[0] as { webSocket: boolean }
    assert.ok(head(`Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n${shake}`).webSocket)
    assert.ok(!head(`Upgrade: h2c\r\n`).webSocket)
    assert.ok(!head(`Upgrade: websocket\r\n${shake}`).webSocket)
  })
})

const refused: readonly (readonly [Refusal, string, string])[] = [
  ['request-line', 'an empty line before it', `\r\n${get()}`],
  ['request-line', 'two spaces', 'GET  / HTTP/1.1\r\n\r\n'],
  ['request-line', 'a tab', 'GET\t/ HTTP/1.1\r\n\r\n'],
  ['request-line', 'no target', 'GET HTTP/1.1\r\n\r\n'],
  ['version', 'a space in the target', 'GET /a b HTTP/1.1\r\n\r\n'],
  ['request-line', 'a fragment', 'GET /a#b HTTP/1.1\r\n\r\n'],
  ['request-line', 'bytes beyond ASCII', 'GET /\u00e9 HTTP/1.1\r\n\r\n'],
  ['request-line', 'a NUL in the target', 'GET /\0 HTTP/1.1\r\n\r\n'],
  ['request-line', 'TLS where HTTP should be', '\x16\x03\x01\x02\0\x01\n'],
  ['method', 'lower case', 'get / HTTP/1.1\r\n\r\n'],
  ['method', 'CONNECT', 'CONNECT /x HTTP/1.1\r\n\r\n'],
  ['method', 'TRACE', 'TRACE / HTTP/1.1\r\n\r\n'],
  ['target', 'absolute form', 'GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n'],
  ['target', 'authority form', 'CONNECT h:443 HTTP/1.1\r\n\r\n'],
  ['target', 'asterisk form', 'OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n'],
  ['version', 'HTTP/1.0', 'GET / HTTP/1.0\r\nHost: h\r\n\r\n'],
  ['version', 'HTTP/2.0', 'PRI / HTTP/2.0\r\n\r\n'],
  ['version', 'lower case', 'GET / http/1.1\r\n\r\n'],
  ['version', 'more digits', 'GET / HTTP/1.10\r\n\r\n'],
  ['version', 'a space behind', 'GET / HTTP/1.1 \r\n\r\n'],
  ['bare-line-feed', 'after the request line', 'GET / HTTP/1.1\nHost: h\r\n\r\n'],
  ['bare-line-feed', 'after a field', get('X: a\n')],
  ['bare-line-feed', 'as the empty line', 'GET / HTTP/1.1\r\nHost: h\r\n\n'],
  ['bare-carriage-return', 'in a value', get('X: a\rb\r\n')],
  ['bare-carriage-return', 'before a name', get('\rX: a\r\n')],
  ['folded-line', 'a space', get('X: a\r\n b\r\n')],
  ['folded-line', 'a tab', get('X: a\r\n\tb\r\n')],
  ['folded-line', 'the very first field', 'GET / HTTP/1.1\r\n Host: h\r\n\r\n'],
  ['space-before-colon', 'a space', get('Content-Length : 1\r\n')],
  ['space-before-colon', 'a tab', get('Content-Length\t: 1\r\n')],
  ['field-name', 'no colon', get('Content-Length\r\n')],
  ['field-name', 'an empty name', get(': x\r\n')],
  ['field-name', 'bytes beyond ASCII', get('X\u00e9: x\r\n')],
  ['field-name', 'a separator', get('X(y): x\r\n')],
  ['field-value', 'a control', get('X: \x01\r\n')],
  ['field-value', 'DEL', get('X: \x7f\r\n')],
  ['nul', 'in a value', get('X: a\0b\r\n')],
  ['nul', 'in a name', get('X\0: a\r\n')],
  ['no-host', 'none', 'GET / HTTP/1.1\r\n\r\n'],
  ['two-hosts', 'the same twice', get('Host: h\r\n')],
  ['two-lengths', 'the same twice', get('Content-Length: 1\r\nContent-Length: 1\r\n')],
  ['bad-length', 'a list', get('Content-Length: 1, 1\r\n')],
  ['bad-length', 'a sign', get('Content-Length: +1\r\n')],
  ['bad-length', 'negative', get('Content-Length: -1\r\n')],
  ['bad-length', 'hexadecimal', get('Content-Length: 0x1\r\n')],
  ['bad-length', 'empty', get('Content-Length:\r\n')],
  ['bad-length', 'beyond 2^53', get('Content-Length: 9007199254740993\r\n')],
  ['two-framings', 'length first', get('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n')],
  ['two-framings', 'coding first', get('Transfer-Encoding: chunked\r\nContent-Length: 0\r\n')],
  ['two-framings', 'chunked twice', get('Transfer-Encoding: chunked\r\n'.repeat(2))],
  ['unknown-coding', 'a list', get('Transfer-Encoding: gzip, chunked\r\n')],
  ['unknown-coding', 'chunked in a list', get('Transfer-Encoding: chunked, chunked\r\n')],
  ['unknown-coding', 'something like it', get('Transfer-Encoding: xchunked\r\n')],
  ['unknown-coding', 'a vertical tab', get('Transfer-Encoding: chunked;\r\n')],
  ['unknown-coding', 'a tab behind it', get('Transfer-Encoding: chunked \t\r\n')],
  ['unknown-coding', 'identity', get('Transfer-Encoding: identity\r\n')],
  ['bad-connection', 'names the host', get('Connection: close, host\r\n')],
  ['bad-connection', 'names the length', get('Connection: Content-Length\r\n')],
  ['bad-connection', 'names the visitor', get('Connection: CF-Connecting-IP\r\n')],
  ['bad-connection', 'no list of tokens', get('Connection: close; x=1\r\n')],
  ['bad-expectation', 'another', get('Expect: 200-ok\r\n')],
  ['bad-upgrade', 'to something else', get('Connection: Upgrade\r\nUpgrade: h2c\r\n')],
  ['bad-length', 'a tab behind it', get('Content-Length: 1\t\r\n')],
  [
    'bad-upgrade',
    'without a key',
    get('Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'),
  ],
  [
    'bad-upgrade',
    'another version',
    get(
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 9\r\n',
    ),
  ],
  [
    'bad-upgrade',
    'with a body',
    get(
      'Content-Length: 1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n',
    ),
  ],
  ['too-many-fields', '101', get('X: y\r\n'.repeat(100))],
  ['head-too-large', 'one field', get(`X: ${'y'.repeat(32_768)}\r\n`)],
  ['head-too-large', 'one field without end', `GET / HTTP/1.1\r\nX: ${'y'.repeat(32_768)}`],
  ['target-too-long', 'without end', `GET /${'y'.repeat(32_768)}`],
  ['chunk-extension', 'an extension', post('Transfer-Encoding: chunked\r\n', '1;a=b\r\nx\r\n')],
  ['chunk-extension', 'a space', post('Transfer-Encoding: chunked\r\n', '1 \r\nx\r\n')],
  ['chunk-size', 'none', post('Transfer-Encoding: chunked\r\n', '\r\nx\r\n')],
  ['chunk-size', 'a sign', post('Transfer-Encoding: chunked\r\n', '+1\r\nx\r\n')],
  ['chunk-size', 'a prefix', post('Transfer-Encoding: chunked\r\n', '0x1\r\nx\r\n')],
  ['chunk-size', 'a bare line feed', post('Transfer-Encoding: chunked\r\n', '1\nx\r\n')],
  ['chunk-size', 'too many digits', post('Transfer-Encoding: chunked\r\n', '000000000001\r\n')],
  ['bare-carriage-return', 'in a size', post('Transfer-Encoding: chunked\r\n', '1\rx')],
  ['chunk-end', 'longer than said', post('Transfer-Encoding: chunked\r\n', '1\r\nxy\r\n')],
  ['chunk-end', 'a bare line feed', post('Transfer-Encoding: chunked\r\n', '1\r\nx\n')],
  ['trailers', 'a bare line feed', post('Transfer-Encoding: chunked\r\n', '0\r\n\n')],
  ['trailers', 'no field', post('Transfer-Encoding: chunked\r\n', '0\r\nGET / HTTP/1.1\r\n\r\n')],
  [
    'trailers',
    'too many bytes',
    post('Transfer-Encoding: chunked\r\n', `0\r\nX: ${'y'.repeat(9000)}\r\n\r\n`),
  ],
]

suite('what has no meaning, or more than one, is refused with the reason', () => {
  for (const [because, what, text] of refused)
    test(`${because}: ${what}`, () => assert.equal(refusalOf(text), because))

  test('nothing is read behind it', () => {
    const events = read(bytes(`${get('Content-Length: 1, 1\r\n')}${get()}`))
    assert.deepEqual(events, [{ is: 'refused', because: 'bad-length' }])
  })
})

test('wherever a message is cut, it means the same', () => {
  for (const text of [
    post(
      'Transfer-Encoding: chunked\r\nX: y\r\n',
      '3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nT: u\r\n\r\n',
    ),
    `${get('Connection: close, x-b\r\nX-B: 1\r\n')}${post('Content-Length: 5\r\n', 'hello')}`,
    ...refused.filter(([, , text]) => text.length < 200).map(([, , text]) => text),
  ]) {
    const whole = read(bytes(text))
    for (let cut = 1; cut < text.length; cut++)
      assert.deepEqual(
        read(bytes(text.slice(0, cut)), bytes(text.slice(cut))),
        whole,
        `${text} at ${cut}`,
      )
    assert.deepEqual(read(...Array.from(text, bytes)), whole, text)
  }
})

test('whatever the bytes and wherever they are cut: the same, and never an exception', () => {
  const snippet = fc.oneof(
    fc.constantFrom(
      'GET / HTTP/1.1\r\n',
      'POST /x HTTP/1.1\r\n',
      'Host: h\r\n',
      'Content-Length: 3\r\n',
      'Transfer-Encoding: chunked\r\n',
      '\r\n',
      '\n',
      '\r',
      '3\r\n',
      'abc',
      '0\r\n\r\n',
      ' ',
      ';',
      '\0',
      'Connection: close\r\n',
    ),
    fc.string({ unit: 'binary-ascii', maxLength: 8 }),
  )
  fc.assert(
    fc.property(fc.array(snippet, { maxLength: 12 }), fc.array(fc.nat(200)), (parts, cuts) => {
      const all = bytes(parts.join(''))
      const places = [0, ...cuts.map((cut) => Math.min(cut, all.length)), all.length].sort(
        (a, b) => a - b,
      )
      const pieces = places.slice(1).map((to, i) => all.subarray(places[i], to))
      assert.deepEqual(read(...pieces), read(all))
    }),
    { numRuns: 500 },
  )
})

suite('responses', () => {
  const events = (method: string, text: string) => {
    const reader = readResponse(method)
    const seen = [...reader.feed(bytes(text))]
    const whole = reader.close()
    return {
      seen: joined(seen as readonly RequestEvent[]) as {
        is: string
        because?: string
        framing?: string
        close?: boolean
        status?: number
        body?: string
      }[],
      whole,
    }
  }

  test('their framing is decided by status and method before any field', () => {
    for (const [method, head, framing] of [
      ['GET', '200 OK\r\nContent-Length: 4\r\n', 'length'],
      ['HEAD', '200 OK\r\nContent-Length: 4\r\n', 'none'],
      ['GET', '304 Not Modified\r\nContent-Length: 4\r\n', 'none'],
      ['GET', '204 No Content\r\n', 'none'],
      ['GET', '200 \r\nTransfer-Encoding: chunked\r\n', 'chunked'],
      ['GET', '200\r\n', 'until-close'],
      ['GET', '200 OK\r\nContent-Length: 0\r\n', 'none'],
    ] as const)
      assert.equal(events(method, `HTTP/1.1 ${head}\r\n`).seen[0]?.framing, framing, head)
  })

  test('interim responses come before the one that counts', () => {
    const { seen } = events(
      'POST',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 2\r\n\r\nok',
    )
    assert.deepEqual(
      seen.map(({ is, status }) => status ?? is),
      [100, 103, 201, 'body', 'end'],
    )
  })

  test('a body without a length ends with the connection, and no other does', () => {
    assert.equal(events('GET', 'HTTP/1.0 200 OK\r\n\r\nabc').whole, true)
    assert.equal(events('GET', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc').whole, false)
    assert.equal(
      events('GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n').whole,
      false,
    )
  })

  for (const [because, what, text] of [
    [
      'two-framings',
      'both',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    [
      'two-framings',
      'chunked by HTTP/1.0',
      'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['two-lengths', 'two', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n'],
    [
      'unasked-upgrade',
      'nobody asked',
      'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
    ['status-line', 'no status', 'HTTP/1.1 OK\r\n\r\n'],
    ['status-line', 'four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['status-line', 'another protocol', 'ICY 200 OK\r\n\r\n'],
    ['bare-line-feed', 'in the head', 'HTTP/1.1 200 OK\nX: y\r\n\r\n'],
  ] as const)
    test(`refused: ${because}, ${what}`, () =>
      assert.equal(events('GET', text).seen.at(-1)?.because, because))
})
