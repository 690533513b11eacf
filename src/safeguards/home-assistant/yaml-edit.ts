import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml'

import { proxiesIn } from './settings.ts'
import type { BlockChanges, Settings } from './types.ts'

/**
 * The `http:` block as the settings of the store would have it, as far as it is written out; with the defaults that both
 * worlds share. `included`: the text is the block itself.
 */
export function readBlock(text: string, included: boolean): Settings {
  const block = blockIn(text, included)
  const proxies = block?.get('trusted_proxies', true)
  const written = (block?.items ?? []).flatMap(({ key, value }) =>
    isScalar(key) && isScalar(value) && value.tag === undefined
      ? [[String(key.value), value.value] as const]
      : [],
  )
  return {
    login_attempts_threshold: -1,
    ...Object.fromEntries(written),
    use_x_forwarded_for: isTrue(block?.get('use_x_forwarded_for')),
    trusted_proxies: (isSeq(proxies) ? proxies.items : [proxies])
      .map(textOf)
      .filter((proxy) => proxy !== undefined),
  }
}

/** Home Assistant reads YAML 1.1. */
const isTrue = (value: unknown): boolean =>
  value === true || (typeof value === 'string' && /^(?:yes|on|true)$/i.test(value))

/**
 * The text with the changes made to `http:` and everything else as it was, to the letter; `undefined` where the block
 * is written in a way that is better left to its owner.
 */
export function editBlock(
  text: string,
  included: boolean,
  changes: BlockChanges,
): string | undefined {
  const edited = edit(text, included, changes)
  if (edited === undefined) return undefined
  const after = readBlock(edited, included)
  const wished = [...proxiesIn(readBlock(text, included)), ...changes.proxies]
  const took =
    after['use_x_forwarded_for'] === true &&
    wished.every((proxy) => proxiesIn(after).includes(proxy)) &&
    Object.entries(changes.set).every(([key, value]) => after[key] === value)
  return took ? edited : undefined
}

const textOf = (node: unknown): string | undefined =>
  isScalar(node) && typeof node.value === 'string' ? node.value : undefined

type Splice = { readonly at: number; readonly drop: number; readonly put: string }

function edit(
  given: string,
  included: boolean,
  { proxies, set }: BlockChanges,
): string | undefined {
  const text = given === '' || given.endsWith('\n') ? given : `${given}\n`
  const document = parseDocument(text, { logLevel: 'silent' })
  const top = document.contents
  if (document.errors.length > 0 || (top !== null && !isMap(top))) return undefined
  const http = included ? undefined : pairIn(top, 'http')
  const block = included ? top : http?.value
  const scalars = Object.entries({
    use_x_forwarded_for: 'true',
    ...Object.fromEntries(Object.entries(set).map(([key, value]) => [key, plain(value)])),
  })
  if (!isMap(block) || block.items.length === 0)
    return appendBlock(text, included, http, (indent) => linesOf(indent, scalars, proxies))
  if (block.flow === true) return undefined

  const indent = ' '.repeat(columnOf(text, startOf(block.items[0]?.key)))
  const trusted = pairIn(block, 'trusted_proxies')
  const fresh = scalars.filter(([key]) => pairIn(block, key) === undefined)
  const splices = [
    ...scalars
      .filter(([key]) => pairIn(block, key) !== undefined)
      .map(([key, value]) => replace(pairIn(block, key)?.value, value)),
    {
      at: endOfBlock(text, block),
      drop: 0,
      put: linesOf(indent, fresh, trusted ? [] : proxies),
    },
    ...(trusted && proxies.length > 0 ? [extend(text, trusted.value, proxies)] : []),
  ]
  if (splices.includes(undefined)) return undefined
  // From behind, so that none moves another; of two at one place the later one here comes first in the text.
  return splices
    .filter((each) => each !== undefined)
    .toSorted((a, b) => b.at - a.at)
    .reduce((now, { at, drop, put }) => now.slice(0, at) + put + now.slice(at + drop), text)
}

function linesOf(
  indent: string,
  scalars: readonly (readonly [string, string])[],
  proxies: readonly string[],
): string {
  const lines = [
    ...scalars.map(([key, value]) => `${key}: ${value}`),
    ...(proxies.length === 0
      ? []
      : ['trusted_proxies:', ...proxies.map((proxy) => `  - ${proxy}`)]),
  ]
  return lines.map((line) => `${indent}${line}\n`).join('')
}

/** Quoted where YAML would read it as something else. */
const plain = (value: string): string =>
  /^\/[\w./-]*$/.test(value) ? value : JSON.stringify(value)

function appendBlock(
  text: string,
  included: boolean,
  http: Pair | undefined,
  body: (indent: string) => string,
): string | undefined {
  if (included) return text.trim() === '' ? body('') : undefined
  // `http:` with nothing in it would be there twice.
  if (http !== undefined) {
    const at = text.indexOf('\n', startOf(http.key))
    return text.slice(0, at + 1) + body('  ') + text.slice(at + 1)
  }
  return `${text}\nhttp:\n${body('  ')}`
}

function extend(text: string, node: unknown, proxies: readonly string[]): Splice | undefined {
  if (isScalar(node) && node.tag === undefined) {
    const was = textOf(node)
    return was === undefined
      ? undefined
      : replace(node, `[${[was, ...proxies].map(flowItem).join(', ')}]`)
  }
  if (!isSeq(node) || !node.range) return undefined
  const last = node.items.at(-1)
  if (node.flow === true) {
    const at = node.range[1] - 1
    const put = proxies.map(flowItem).join(', ')
    return { at, drop: 0, put: last === undefined ? put : `, ${put}` }
  }
  const from = startOf(last)
  if (from < 0) return undefined
  const lineStart = text.lastIndexOf('\n', from) + 1
  const indent = /^\s*/.exec(text.slice(lineStart))?.[0] ?? ''
  const at = text.indexOf('\n', from) + 1
  return {
    at,
    drop: 0,
    put: proxies.map((proxy) => `${indent}- ${proxy}\n`).join(''),
  }
}

/** In a flow list an IPv6 address would read as a mapping. */
const flowItem = (proxy: string): string => (proxy.includes(':') ? `'${proxy}'` : proxy)

function replace(node: unknown, put: string): Splice | undefined {
  const range = isScalar(node) && node.tag === undefined ? node.range : undefined
  return range ? { at: range[0], drop: range[1] - range[0], put } : undefined
}

/** Behind the last line of the block's content; comments that follow it may belong to what comes next. */
function endOfBlock(text: string, block: YAMLMap): number {
  const last = block.items.at(-1)
  const content = Math.max(isNode(last?.value) ? endOf(last.value) : 0, startOf(last?.key))
  const trimmed = text.slice(0, content).trimEnd().length
  return text.indexOf('\n', trimmed) + 1
}

const startOf = (node: unknown): number => (isScalar(node) ? (node.range?.[0] ?? -1) : -1)

const endOf = (node: Node): number => node.range?.[1] ?? 0

const columnOf = (text: string, at: number): number => at - (text.lastIndexOf('\n', at - 1) + 1)

function blockIn(text: string, included: boolean): YAMLMap | undefined {
  const top = parseDocument(text, { logLevel: 'silent' }).contents
  if (!isMap(top)) return undefined
  const block = included ? top : pairIn(top, 'http')?.value
  return isMap(block) ? block : undefined
}

function pairIn(map: unknown, key: string): Pair | undefined {
  return isMap(map)
    ? map.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
    : undefined
}
