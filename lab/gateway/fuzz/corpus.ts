/** A stream of an attacker's; `passes` is how many requests of it may reach the home, nearly always none. */
export type Attack = { readonly name: string; readonly stream: string; readonly passes: number }

const head = (line: string, fields: readonly string[]): string =>
  `${line}\r\nHost: ha.example.com\r\nCF-Connecting-IP: 198.51.100.9\r\n${fields.map((each) => `${each}\r\n`).join('')}\r\n`

const post = (fields: readonly string[], body = ''): string =>
  head('POST / HTTP/1.1', fields) + body
const get = (fields: readonly string[] = []): string => head('GET / HTTP/1.1', fields)

/** What must never be taken for a request of its own. */
const smuggled = head('GET /smuggled HTTP/1.1', [])
const chunked = 'Transfer-Encoding: chunked'
const lengthOf = (body: string): string => `Content-Length: ${body.length}`
const inChunks = (body: string): string => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`

/** By the classes of the literature: James Kettle, "HTTP Desync Attacks" (2019) and its sequels to 2025; RFC 9112 section 11. */
const refused: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'CL.TE': [
    [
      'length and chunked',
      post([lengthOf(`0\r\n\r\n${smuggled}`), chunked], `0\r\n\r\n${smuggled}`),
    ],
    [
      'chunked and length',
      post([chunked, lengthOf(`0\r\n\r\n${smuggled}`)], `0\r\n\r\n${smuggled}`),
    ],
  ],
  'TE.CL': [
    ['length in the middle of a chunk', post(['Content-Length: 4', chunked], inChunks(smuggled))],
    ['length of nothing', post(['Content-Length: 0', chunked], inChunks(smuggled))],
  ],
  'TE.TE': [
    ['twice', post([chunked, chunked], inChunks('x'))],
    ['then identity', post([chunked, 'Transfer-Encoding: identity'], inChunks('x'))],
    ['as a list', post(['Transfer-Encoding: identity, chunked'], inChunks('x'))],
    ['with something before', post(['Transfer-Encoding: xchunked'], inChunks('x'))],
    ['with something behind', post(['Transfer-Encoding: chunkedx'], inChunks('x'))],
    ['with a space before the colon', post(['Transfer-Encoding : chunked'], inChunks('x'))],
    ['with a tab before the colon', post(['Transfer-Encoding\t: chunked'], inChunks('x'))],
    ['folded', post(['Transfer-Encoding:\r\n chunked'], inChunks('x'))],
    ['folded in front', post(['X: y\r\n Transfer-Encoding: chunked'], inChunks('x'))],
    ['behind a bare line feed', post(['X: y\nTransfer-Encoding: chunked'], inChunks('x'))],
    ['behind a bare carriage return', post(['X: y\rTransfer-Encoding: chunked'], inChunks('x'))],
    ['with a vertical tab', post(['Transfer-Encoding:\x0bchunked'], inChunks('x'))],
    ['with a NUL', post(['Transfer-Encoding: chunked\0'], inChunks('x'))],
    ['in quotes', post(['Transfer-Encoding: "chunked"'], inChunks('x'))],
    ['with a parameter', post(['Transfer-Encoding: chunked;q=1'], inChunks('x'))],
    ['with a comma', post(['Transfer-Encoding: ,chunked'], inChunks('x'))],
    ['with nothing', post(['Transfer-Encoding:'], inChunks('x'))],
    ['compressed', post(['Transfer-Encoding: gzip, chunked'], inChunks('x'))],
    ['with a byte beyond ASCII', post(['Transfer-Encoding: chun\u212aed'], inChunks('x'))],
    ['with a tab behind', post(['Transfer-Encoding: chunked\t'], inChunks('x'))],
    ['in HTTP/1.0', head('POST / HTTP/1.0', [chunked]) + inChunks('x')],
  ],
  lengths: [
    [
      'two that differ',
      post(['Content-Length: 0', `Content-Length: ${smuggled.length}`], smuggled),
    ],
    ['the same twice', post(['Content-Length: 1', 'Content-Length: 1'], 'x')],
    ['a list', post(['Content-Length: 1, 1'], 'x')],
    ['a plus', post(['Content-Length: +1'], 'x')],
    ['a minus', post(['Content-Length: -1'], 'x')],
    ['hexadecimal', post(['Content-Length: 0x1'], 'x')],
    ['with an underscore inside', post(['Content-Length: 1_0'], '0123456789')],
    ['with a letter behind', post(['Content-Length: 1a'], 'x')],
    ['beyond 64 bits', post(['Content-Length: 18446744073709551617'], 'x')],
    ['of nothing', post(['Content-Length:'], '')],
    ['with a NUL', post(['Content-Length: 1\0'], 'x')],
    ['with a tab behind', post(['Content-Length: 1\t'], 'x')],
    ['behind a folded line', post(['Content-Length:\r\n 1'], 'x')],
    ['with a space before the colon', post(['Content-Length : 1'], 'x')],
  ],
  chunks: [
    ['an extension', post([chunked], '1;a=b\r\nx\r\n0\r\n\r\n')],
    ['an extension with a line feed', post([chunked], `2;\nxx\r\n0\r\n\r\n`)],
    ['an extension in quotes', post([chunked], '1;a="\r\n"\r\nx\r\n0\r\n\r\n')],
    ['a line feed behind the size', post([chunked], '1\nx\r\n0\r\n\r\n')],
    ['a line feed behind the data', post([chunked], '1\r\nx\n0\r\n\r\n')],
    ['no end behind the data', post([chunked], '1\r\nx0\r\n\r\n')],
    ['more data than said', post([chunked], '1\r\nxy\r\n0\r\n\r\n')],
    ['a sign', post([chunked], '+1\r\nx\r\n0\r\n\r\n')],
    ['0x', post([chunked], '0x1\r\nx\r\n0\r\n\r\n')],
    ['a space in front', post([chunked], ' 1\r\nx\r\n0\r\n\r\n')],
    ['a space behind', post([chunked], '1 \r\nx\r\n0\r\n\r\n')],
    ['no size', post([chunked], '\r\nx\r\n0\r\n\r\n')],
    ['beyond 64 bits', post([chunked], '10000000000000001\r\nx\r\n0\r\n\r\n')],
    ['a trailer that frames', post([chunked], '0\r\nContent-Length: 5\r\n\r\n')],
    ['a trailer that codes', post([chunked], '0\r\nTransfer-Encoding: chunked\r\n\r\n')],
    ['a trailer that names a host', post([chunked], '0\r\nHost: evil\r\n\r\n')],
    ['a folded trailer', post([chunked], '0\r\nX: y\r\n z\r\n\r\n')],
    ['a bare line feed in the trailers', post([chunked], '0\r\nX: y\n\r\n')],
  ],
  hosts: [
    ['none', 'GET / HTTP/1.1\r\nCF-Connecting-IP: 198.51.100.9\r\n\r\n'],
    ['the same twice', get(['Host: ha.example.com'])],
    ['another behind', get(['Host: evil.example'])],
    ['another folded behind', get(['X: y\r\n Host: evil.example'])],
    ['a list', get().replace('Host: ha.example.com', 'Host: ha.example.com, evil.example')],
    ['somebody at it', get().replace('Host: ha.example.com', 'Host: evil@ha.example.com')],
    ['a path in it', get().replace('Host: ha.example.com', 'Host: ha.example.com/../evil')],
    ['another', get().replace('Host: ha.example.com', 'Host: evil.example')],
    ['nothing in it', get().replace('Host: ha.example.com', 'Host:')],
    ['a letter for the port', get().replace('Host: ha.example.com', 'Host: ha.example.com:x')],
    ['two ports', get().replace('Host: ha.example.com', 'Host: ha.example.com:443:80')],
    ['a NUL in it', get().replace('Host: ha.example.com', 'Host: ha.example.com\0')],
    ['an underscore for a hyphen', get().replace('Host:', 'H_ost:')],
    ['absolute form', head('GET http://ha.example.com/ HTTP/1.1', [])],
    ['absolute form of another', head('GET https://evil.example/ HTTP/1.1', [])],
    ['authority form', head('CONNECT ha.example.com:8123 HTTP/1.1', [])],
    ['asterisk form', head('OPTIONS * HTTP/1.1', [])],
  ],
  visitors: [
    ['nobody', 'GET / HTTP/1.1\r\nHost: ha.example.com\r\n\r\n'],
    ['two', get(['CF-Connecting-IP: 10.0.0.1'])],
    ['one that Connection takes away', get(['Connection: CF-Connecting-IP'])],
  ],
  lines: [
    ['an empty line in front', `\r\n${get()}`],
    ['a bare line feed behind the request line', get().replace('HTTP/1.1\r\n', 'HTTP/1.1\n')],
    ['only bare line feeds', get().replaceAll('\r\n', '\n')],
    ['a bare line feed as the end', get().replace(/\r\n$/u, '\n')],
    ['a NUL in a value', get(['X: a\0b'])],
    ['a NUL in a name', get(['X\0: a'])],
    ['a NUL in the target', head('GET /\0 HTTP/1.1', [])],
    ['a carriage return in the target', head('GET /\r HTTP/1.1', [])],
    ['a space in the target', head('GET /a b HTTP/1.1', [])],
    ['two spaces', head('GET  / HTTP/1.1', [])],
    ['a tab', head('GET\t/\tHTTP/1.1', [])],
    ['no version', head('GET /', [])],
    ['another version', head('GET / HTTP/1.2', [])],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a method in lower case', head('get / HTTP/1.1', [])],
    ['a colon without a name', get([': x'])],
    ['a line without a colon', get(['nothing'])],
    ['101 fields', get(Array.from({ length: 100 }, () => 'X: y'))],
    ['40,000 bytes in one value', get([`X: ${'y'.repeat(40_000)}`])],
    ['40,000 bytes of target', head(`GET /${'y'.repeat(40_000)} HTTP/1.1`, [])],
  ],
  upgrades: [
    [
      'to HTTP/2 in clear text',
      get(['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk']),
    ],
    ['with a body', head('GET / HTTP/1.1', [...webSocket(), lengthOf('x')]) + 'x'],
    ['by POST', head('POST / HTTP/1.1', webSocket())],
    ['without a key', get(['Connection: Upgrade', 'Upgrade: websocket'])],
    [
      'of another version',
      get([
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Key: x',
        'Sec-WebSocket-Version: 12',
      ]),
    ],
  ],
  expectations: [['of something else', post(['Expect: 200-ok', 'Content-Length: 1'], 'x')]],
}

function webSocket(): string[] {
  return [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
}

/** Harmless in themselves; what they hide must stay inside them. */
const passing: readonly Attack[] = [
  {
    name: 'a body that looks like a request',
    stream: post([lengthOf(smuggled)], smuggled),
    passes: 1,
  },
  {
    name: 'chunks that look like a request',
    stream: post([chunked], inChunks(smuggled)),
    passes: 1,
  },
  {
    name: 'a coding with an underscore, which is none',
    stream: post(['Transfer_Encoding: chunked', 'Content-Length: 5'], '0\r\n\r\n'),
    passes: 1,
  },
  {
    name: 'a length with an underscore, which is none: what follows is a request of its own',
    stream: post([`Content_Length: ${smuggled.length}`], smuggled),
    passes: 2,
  },
  {
    name: 'a visitor with an underscore, who is none',
    stream: get(['CF_Connecting_IP: 10.0.0.1']),
    passes: 1,
  },
  {
    name: 'a request behind one that closes',
    stream: get(['Connection: close']) + smuggled,
    passes: 1,
  },
]

export const corpus: readonly Attack[] = [
  ...Object.entries(refused).flatMap(([of, attacks]) =>
    attacks.map(([name, stream]) => ({ name: `${of}: ${name}`, stream, passes: 0 })),
  ),
  ...passing,
]
