import { BlockList, isIP } from 'node:net'

import type { HttpConfig } from './state.ts'

/** Who the visitor is, or why the request is a 400 (Home Assistant's http/forwarded.py, 2026). */
export function visitorOf(
  peer: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  config: HttpConfig,
): { readonly visitor: string } | { readonly refused: string } {
  const given = headers['x-forwarded-for']
  if (given === undefined) return { visitor: peer }
  if (config.use_x_forwarded_for !== true) {
    return {
      refused: `A request from a reverse proxy was received from ${peer}, but your HTTP integration is not set-up for reverse proxies`,
    }
  }
  const trusted = listOf(config.trusted_proxies ?? [])
  const trusts = (address: string) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  if (!trusts(peer))
    return { refused: `Received X-Forwarded-For header from an untrusted proxy ${peer}` }
  const chain = String(given)
    .split(',')
    .map((each) => each.trim())
  if (chain.some((each) => isIP(each) === 0))
    return { refused: `Invalid IP address in X-Forwarded-For: ${String(given)}` }
  const protos = headers['x-forwarded-proto']
  const count = protos === undefined ? 1 : String(protos).split(',').length
  if (count !== 1 && count !== chain.length)
    return { refused: 'Incorrect number of elements in X-Forward-Proto' }
  return { visitor: chain.toReversed().find((each) => !trusts(each)) ?? chain[0] ?? peer }
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

const local = listOf([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fd00::/8',
  'fe80::/10',
])

export const isLocal = (address: string): boolean =>
  local.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
