import { ofRouter } from './ssdp.ts'

/** The service of a router that knows its connection, of either generation. */
export type ConnectionService = {
  /** `urn:schemas-upnp-org:service:WANIPConnection:1` and the like; goes into every call. */
  readonly type: string
  readonly control: URL
  /** Where events are subscribed to, if it has any. */
  readonly events: URL | undefined
}

/** `WANIPConnection:2` is IGD:2; PPP is that of routers that dial in by themselves (IGD:1). */
const wanted = /^urn:schemas-upnp-org:service:WAN(?:IP|PPP)Connection:[12]$/u

/**
 * The services in a device description (UPnP Device Architecture 1.1, section 2.3), IP before PPP and
 * the newer before the older; those with an address that is not the router's are left out.
 */
export function connectionServices(xml: string, at: URL): ConnectionService[] {
  const router = at.hostname
  // Of version 1.0 (section 2.1): relative addresses may count from there instead.
  const base = ofRouter(tag(xml, 'URLBase'), router, at) ?? at
  const found = [...xml.matchAll(/<service>([\s\S]{0,2000}?)<\/service>/gu)].flatMap(
    ([, service = '']) => {
      const type = tag(service, 'serviceType') ?? ''
      const control = ofRouter(tag(service, 'controlURL'), router, base)
      if (!wanted.test(type) || !control) return []
      const said = tag(service, 'eventSubURL')
      return [{ type, control, events: said ? ofRouter(said, router, base) : undefined }]
    },
  )
  return found.toSorted((a, b) => rank(a.type) - rank(b.type))
}

const rank = (type: string): number =>
  (type.includes('PPP') ? 2 : 0) - (type.endsWith(':2') ? 1 : 0)

/**
 * The text of the first element of that name, whatever its prefix. No XML is parsed beyond that: what
 * routers send is short and flat, and there is no entity that could grow.
 */
export function tag(xml: string, name: string): string | undefined {
  const text = new RegExp(`<(?:\\w+:)?${name}(?:\\s[^<>]{0,200})?>([^<]{0,1000})</`, 'u').exec(xml)
  return text?.[1]
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
    .trim()
}
