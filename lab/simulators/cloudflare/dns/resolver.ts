import type { State } from '../state.ts'
import type { Said } from './server.ts'
import { sayAuthoritatively } from './zone-data.ts'

/**
 * What a recursive resolver of the same world says. Like every one it remembers that something was not
 * there, for as long as the zone says (RFC 2308): who asks for a name before it exists waits half an hour.
 */
export function recursively(
  state: State,
  edge: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] },
  /** Names outside the zones: name servers, say. */
  hosts: ReadonlyMap<string, string>,
  now: () => Date,
): (name: string, type: string, klass: string, peer: string) => Said {
  const missing = new Map<string, { readonly said: Said; readonly until: number }>()
  return (name, type, klass, peer) => {
    if (klass === 'CH' && name === 'whoami.cloudflare') return whoami(state, name, peer)
    const host = hosts.get(name)
    if (host !== undefined) return hostAddress(name, host, type)
    const remembered = [missing.get(name), missing.get(`${type} ${name}`)].find(
      (each) => each !== undefined && each.until > now().getTime(),
    )
    if (remembered) return remembered.said
    const said = {
      ...sayAuthoritatively(state, edge, (zone) => zone.records, name, type),
      authoritative: false,
    }
    if (said.answers.length === 0 && said.code !== 'REFUSED')
      // A name that is not there has no records of any type.
      missing.set(said.code === 'NXDOMAIN' ? name : `${type} ${name}`, {
        said,
        until: now().getTime() + negativeTtl(said) * 1000,
      })
    return said
  }
}

/** In seconds. */
const negativeTtl = ({ authorities = [] }: Said): number => {
  const [soa] = authorities
  return soa?.type === 'SOA' ? (soa.data.minimum ?? 0) : 0
}

const recursive = (answers: Said['answers']): Said => ({
  answers,
  authoritative: false,
  code: 'NOERROR',
})

function whoami(state: State, name: string, peer: string): Said {
  const said = state.outside.whoami
  if (said === 'silent') return { ...recursive([]), silent: true }
  const seen = said ?? state.callerAddress[peer.includes(':') ? 'ipv6' : 'ipv4'] ?? peer
  return recursive([{ type: 'TXT', class: 'CH', name, ttl: 0, data: [seen] }])
}

function hostAddress(name: string, host: string, type: string): Said {
  const family = host.includes(':') ? 'AAAA' : 'A'
  return recursive(type === family ? [{ type: family, name, ttl: 300, data: host }] : [])
}
