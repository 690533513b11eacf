import { BlockList, isIP } from 'node:net'

import type { HttpConfig } from './state.ts'

/**
 * Who the visitor is, or why the request is a 400 (Home Assistant's http/forwarded.py, 2026.11). `headersOf`
 * gives the values of a header as they were sent, one for each time.
 */
export function visitorOf(
  peer: string,
  headersOf: (name: string) => readonly string[],
  config: HttpConfig,
): { readonly visitor: string } | { readonly refused: string } {
  const given = headersOf('x-forwarded-for')
  if (given.length === 0) return { visitor: peer }
  if (config.use_x_forwarded_for !== true) {
    return {
      refused: `A request from a reverse proxy was received from ${peer}, but your HTTP integration is not set-up for reverse proxies`,
    }
  }
  const trusted = listOf(config.trusted_proxies ?? [])
  const trusts = (address: string) => trusted.check(address, familyOf(address))
  if (!trusts(peer))
    return { refused: `Received X-Forwarded-For header from an untrusted proxy ${peer}` }
  const chain = elements(given)
  if (chain.some((each) => isIP(each) === 0))
    return { refused: `Invalid IP address in X-Forwarded-For: ${given[0]}` }
  const refused = whyRefused(headersOf, chain.length)
  if (refused !== undefined) return { refused }
  return { visitor: chain.toReversed().find((each) => !trusts(each)) ?? chain[0] ?? peer }
}

const elements = (values: readonly string[]): string[] =>
  values.flatMap((value) => value.split(',')).map((each) => each.trim())

function whyRefused(
  headersOf: (name: string) => readonly string[],
  length: number,
): string | undefined {
  const protos = elements(headersOf('x-forwarded-proto'))
  if (protos.includes('')) return 'Empty item received in X-Forward-Proto header'
  if (protos.length > 1 && protos.length !== length)
    return `Incorrect number of elements in X-Forward-Proto. Expected 1 or ${length}, got ${protos.length}`
  if (elements(headersOf('x-forwarded-host')).at(-1) === '')
    return 'Empty value received in X-Forward-Host header'
  return undefined
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    if (bits === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(bits), familyOf(address))
  }
  return list
}

// util/network.py: loopback, private and link-local.
const local = listOf([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
])

export const isLocal = (address: string): boolean => local.check(address, familyOf(address))
