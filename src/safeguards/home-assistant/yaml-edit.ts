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

import type { Settings } from './types.ts'

export type Block = { readonly usesForwarded: boolean; readonly proxies: readonly string[] }

/** What the `http:` block says of proxies. `included`: the text is the block itself. */
export function readBlock(text: string, included: boolean): Block {
  const block = blockIn(text, included)
  const proxies = block?.get('trusted_proxies', true)
  return {
    usesForwarded: block?.get('use_x_forwarded_for') === true,
    proxies: (isSeq(proxies) ? proxies.items : [proxies])
      .map(textOf)
      .filter((proxy) => proxy !== undefined),
  }
}

/**
 * The text with the proxies added to `http:` and everything else as it was, to the letter; `undefined` where the block
 * is written in a way that is better left to its owner.
 */
export function addProxies(
  text: string,
  included: boolean,
  proxies: readonly string[],
): string | undefined {
  const edited = edit(text, included, proxies)
  if (edited === undefined) return undefined
  const after = readBlock(edited, included)
  const before = readBlock(text, included)
  const wished = [...before.proxies, ...proxies]
  return after.usesForwarded && wished.every((proxy) => after.proxies.includes(proxy))
    ? edited
    : undefined
}

/** The block as the settings of the store would have it: what the two worlds share. */
export const asSettings = ({ usesForwarded, proxies }: Block): Settings => ({
  use_x_forwarded_for: usesForwarded,
  trusted_proxies: proxies,
})

const textOf = (node: unknown): string | undefined =>
  isScalar(node) && typeof node.value === 'string' ? node.value : undefined

type Splice = { readonly at: number; readonly drop: number; readonly put: string }

function edit(given: string, included: boolean, proxies: readonly string[]): string | undefined {
  const text = given === '' || given.endsWith('\n') ? given : `${given}\n`
  const document = parseDocument(text, { logLevel: 'silent' })
  const top = document.contents
  if (document.errors.length > 0 || (top !== null && !isMap(top))) return undefined
  const http = included ? undefined : pairIn(top, 'http')
  const block = included ? top : http?.value
  if (!isMap(block) || block.items.length === 0) return appendBlock(text, included, http, proxies)
  if (block.flow === true) return undefined
  const indent = ' '.repeat(columnOf(text, startOf(block.items[0]?.key)))
  const forwarded = pairIn(block, 'use_x_forwarded_for')
  const trusted = pairIn(block, 'trusted_proxies')
  const end = endOfBlock(text, block)
  const list: Splice | undefined =
    trusted && proxies.length > 0
      ? extend(text, trusted.value, proxies)
      : { at: end, drop: 0, put: proxies.length > 0 ? listOf(indent, proxies) : '' }
  const on: Splice | undefined = forwarded
    ? replace(forwarded.value, 'true')
    : { at: end, drop: 0, put: `${indent}use_x_forwarded_for: true\n` }
  // From behind, so that none moves another; of two at one place the later one here comes first in the text.
  const splices = trusted ? [on, list] : [list, on]
  if (splices.includes(undefined)) return undefined
  return splices
    .filter((each) => each !== undefined)
    .toSorted((a, b) => b.at - a.at)
    .reduce((now, { at, drop, put }) => now.slice(0, at) + put + now.slice(at + drop), text)
}

const listOf = (indent: string, proxies: readonly string[]): string =>
  `${indent}trusted_proxies:\n${proxies.map((proxy) => `${indent}  - ${proxy}\n`).join('')}`

function appendBlock(
  text: string,
  included: boolean,
  http: Pair | undefined,
  proxies: readonly string[],
): string | undefined {
  // `http:` with nothing in it would be there twice.
  const body = (indent: string) => `${indent}use_x_forwarded_for: true\n${listOf(indent, proxies)}`
  if (included) return text.trim() === '' ? body('') : undefined
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
  const range = isScalar(node) ? node.range : undefined
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
