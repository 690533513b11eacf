import type { Random } from './random.ts'

// Streams of messages such as an honest client, a clumsy one and an attacker would send: built from parts that are right
// and parts that are nearly right, so that many are accepted and most of the rest is refused for one reason only.

const methods = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH']
const strangeMethods = ['get', 'CONNECT', 'TRACE', 'PRI', 'G\0T', 'GET\t', 'SOURCE', 'PROPFIND', '']
const targets = ['/', '/api/states?x=1&y=%20', '/a/b/c;d=e', '/%C3%A9', '/?', '//x', '/a?b=/../c']
const strangeTargets = [
  'http://h/',
  '*',
  'h:443',
  '/a b',
  '/#x',
  '/\u00e9',
  '/\0',
  'x',
  '',
  '/../..',
  '/"<>',
]
const versions = ['HTTP/1.1']
const strangeVersions = [
  'HTTP/1.0',
  'HTTP/2.0',
  'http/1.1',
  'HTTP/1.10',
  'HTTP/1.1 ',
  'HTTP/0.9',
  '',
]

const honest = [
  'Accept: */*',
  'User-Agent: Mozilla/5.0 (X11)',
  'Cookie: a=b; c="d"',
  'X-Empty:',
  'X-Wide:  \t padded \t ',
  'X-Latin: caf\u00e9',
  'X_Under: score',
  'CF-Connecting-IP: 198.51.100.9',
  'Connection: keep-alive',
  'Expect: 100-continue',
  'Accept-Encoding: gzip, br',
  'Origin: https://ha.example.com',
  "!#$%&'*+-.^`|~: tokens",
]
const strange = [
  'Host: other',
  'X: a\0b',
  'X: a\x01b',
  'X : y',
  'X\t: y',
  ' folded',
  '\tfolded: x',
  'nocolon',
  ': noname',
  'X: \rY',
  'X: y\n',
  'X\u00e9: y',
  'X(y): z',
  'Connection: close',
  'Connection: close, X',
  'Connection: Content-Length',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'Trailer: X',
  'TE: trailers, chunked',
  'Expect: 200-ok',
  'Keep-Alive: 5',
  'Proxy-Connection: keep-alive',
]
const lengths = ['0', '1', '5', '17', '100']
const strangeLengths = [
  '+5',
  '-1',
  '5, 5',
  '0x5',
  '5 ',
  ' 5',
  '05',
  '',
  '99999999999999999999',
  '5a',
  '5\0',
  '1_0',
]
const codings = ['chunked', 'Chunked', 'CHUNKED']
const strangeCodings = [
  'gzip, chunked',
  'chunked, chunked',
  'xchunked',
  'identity',
  'chunked;',
  'chunked\x0b',
  '"chunked"',
  'chunked, identity',
  '',
  'chunk\u0130ed',
]
const lengthNames = ['Content-Length', 'content-length', 'CONTENT-LENGTH']
const strangeNames = [
  'Content_Length',
  'Content-Length ',
  'Content\u2010Length',
  'X-Content-Length',
]

/** One to three requests, one behind the other; the odder the `oddness` (0 to 1), the fewer are right. */
export function requestStream(random: Random, oddness: number): string {
  const count = 1 + random.below(3)
  let stream = ''
  for (let i = 0; i < count; i++) stream += request(random, oddness)
  return random.chance(oddness) ? mutated(random, stream) : stream
}

function request(random: Random, oddness: number): string {
  const odd = (): boolean => random.chance(oddness / 6)
  const end = odd() ? random.oneOf(['\n', '\r', '\r\r\n', '\r\n ']) : '\r\n'
  const line = [
    random.oneOf(odd() ? strangeMethods : methods),
    random.oneOf(odd() ? strangeTargets : targets),
    random.oneOf(odd() ? strangeVersions : versions),
  ].join(odd() ? random.oneOf(['  ', '\t', '']) : ' ')
  const fields = odd() ? [] : ['Host: ha.example.com']
  for (let i = random.below(4); i > 0; i--) fields.push(random.oneOf(odd() ? strange : honest))
  const body = framed(random, oddness, fields)
  const shuffled = random.chance(0.3) ? fields.toReversed() : fields
  return `${odd() ? '\r\n' : ''}${line}${end}${shuffled.map((each) => `${each}${odd() ? end : '\r\n'}`).join('')}${end}${body}`
}

/** Adds what frames the body to the fields, and answers with the body. */
function framed(random: Random, oddness: number, fields: string[]): string {
  const odd = (): boolean => random.chance(oddness / 5)
  const kind = random.below(3)
  if (kind === 1 || odd()) {
    const length = random.oneOf(odd() ? strangeLengths : lengths)
    const name = odd() ? random.oneOf(strangeNames) : random.oneOf(lengthNames)
    fields.push(`${name}: ${length}`)
    if (odd()) fields.push(`Content-Length: ${random.oneOf(lengths)}`)
    if (kind === 1)
      return text(random, Math.min(Math.max(Number.parseInt(length, 10) || 0, 0), 200))
  }
  if (kind !== 2) return odd() ? text(random, random.below(20)) : ''
  fields.push(`Transfer-Encoding: ${random.oneOf(odd() ? strangeCodings : codings)}`)
  if (odd()) fields.push('Transfer-Encoding: chunked')
  return chunks(random, odd)
}

function chunks(random: Random, odd: () => boolean): string {
  let body = ''
  for (let i = random.below(4); i > 0; i--) {
    const size = 1 + random.below(40)
    const digits = random.oneOf([
      size.toString(16),
      size.toString(16).toUpperCase(),
      size.toString(16).padStart(4, '0'),
    ])
    const written = odd()
      ? random.oneOf([
          `0x${digits}`,
          `+${digits}`,
          ` ${digits}`,
          `${digits} `,
          `${digits};a=b`,
          `${digits};a="\n"`,
          `${digits};`,
          'ffffffffffffffff',
          `${digits}\0`,
          '',
        ])
      : digits
    const ends = odd() ? random.oneOf(['\n', '\r', '', '\r\n\r\n', 'X\r\n']) : '\r\n'
    body += `${written}${odd() ? '\n' : '\r\n'}${text(random, odd() ? size + 1 : size)}${ends}`
  }
  const trailers = random.chance(0.2)
    ? random.oneOf([
        'X-Sum: 1\r\n',

        'Host: evil\r\n',
        ' folded\r\n',
        'X: y\n',
        'nocolon\r\n',
      ])
    : ''
  return `${body}${odd() ? random.oneOf(['00', '0;x', '-0', '']) : '0'}\r\n${trailers}${odd() ? random.oneOf(['\n', '', 'X']) : '\r\n'}`
}

/** Bodies that look like the beginning of another request: whoever loses count reads one. */
const text = (random: Random, size: number): string =>
  random
    .oneOf(['GET /evil HTTP/1.1\r\nHost: h\r\n\r\n', 'x', '\r\n', '0\r\n\r\n'])
    .repeat(size)
    .slice(0, size)

const bytes = [
  '\0',
  '\t',
  '\n',
  '\r',
  ' ',
  ':',
  ';',
  ',',
  '"',
  '0',
  '\x7f',
  '\x80',
  '\u00a0',
  '\u00ff',
  '\r\n',
  '\r\n\r\n',
]

/** One to three bytes changed, lost, doubled or put in. */
export function mutated(random: Random, stream: string): string {
  let changed = stream
  for (let i = 1 + random.below(3); i > 0; i--) {
    const at = random.below(changed.length + 1)
    const [before, after] = [changed.slice(0, at), changed.slice(at)]
    switch (random.below(4)) {
      case 0:
        changed = before + random.oneOf(bytes) + after
        break
      case 1:
        changed = before + after.slice(1)
        break
      case 2:
        changed = before + random.oneOf(bytes) + after.slice(1)
        break
      default:
        changed = before + after.slice(0, 1) + after
    }
  }
  return changed
}

const statuses = [
  '200 OK',
  '404 Not Found',
  '304 Not Modified',
  '204 No Content',
  '500',
  '206 ',
  '100 Continue',
  '103 Early Hints',
]
const strangeStatuses = [
  '099 x',
  '600 x',
  '2000 OK',
  '20 OK',
  'OK',
  '',
  '200\tOK',
  '200 O\0K',
  '101 Switching Protocols',
  '-20 x',
]

/** One response, as an upstream that may be mistaken or lie sends it. */
export function responseStream(random: Random, oddness: number): string {
  const odd = (): boolean => random.chance(oddness / 6)
  const end = odd() ? random.oneOf(['\n', '\r', '\r\r\n']) : '\r\n'
  const fields = ['Content-Type: text/plain']
  for (let i = random.below(3); i > 0; i--) fields.push(random.oneOf(odd() ? strange : honest))
  const body = framed(random, oddness, fields)
  const line = `${odd() ? random.oneOf(strangeVersions) : 'HTTP/1.1'} ${random.oneOf(odd() ? strangeStatuses : statuses)}`
  const stream = `${line}${end}${fields.map((each) => `${each}\r\n`).join('')}${end}${body}`
  return random.chance(oddness) ? mutated(random, stream) : stream
}
