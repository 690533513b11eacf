import { isWord } from './bytes.ts'
import { field } from './fields.ts'
import type { HeadScanner } from './head-scanner.ts'

/** What all `Connection` fields of a message say together (RFC 9110 section 7.6.1). */
export type ConnectionOptions = {
  close: boolean
  keepAlive: boolean
  upgrade: boolean
  /** One of them is no list of tokens, or names a field that belongs to the message and not to the connection. */
  bad: boolean
}

/** Nobody may have these taken away: they say where the message ends, whom it is for, and from whom it is. */
const essential = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'cf-connecting-ip',
  'authorization',
  'cookie',
])

const words = {
  keepAlive: Buffer.from('keep-alive', 'latin1'),
  close: Buffer.from('close', 'latin1'),
  upgrade: Buffer.from('upgrade', 'latin1'),
}

const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Reads one `Connection` field into `options`; what it names is dropped from the head. */
export function readConnection(
  bytes: Buffer,
  base: number,
  head: HeadScanner,
  i: number,
  options: ConnectionOptions,
): void {
  const from = base + head.valueOf(i)
  const to = base + head.valueEndOf(i)
  // Nearly always it is one of these, alone.
  if (isWord(bytes, from, to, words.keepAlive)) options.keepAlive = true
  else if (isWord(bytes, from, to, words.close)) options.close = true
  else if (isWord(bytes, from, to, words.upgrade)) options.upgrade = true
  else {
    for (const part of bytes.toString('latin1', from, to).toLowerCase().split(',')) {
      const name = part.trim()
      if (name === '') continue
      if (name === 'close') options.close = true
      else if (name === 'keep-alive') options.keepAlive = true
      else if (name === 'upgrade') options.upgrade = true
      else if (!tokenPattern.test(name) || essential.has(name)) options.bad = true
      else drop(bytes, base, head, name)
    }
  }
}

function drop(bytes: Buffer, base: number, head: HeadScanner, name: string): void {
  for (let i = 0; i < head.count; i++) {
    const from = base + head.lineOf(i)
    const to = base + head.nameEndOf(i)
    if (to - from === name.length && bytes.toString('latin1', from, to).toLowerCase() === name)
      head.setId(i, field.dropped)
  }
}
