/** Where UPnP devices listen (UPnP Device Architecture 1.1, section 1). */
export const ssdpGroup = '239.255.255.250'
export const ssdpPort = 1900

/** Who has an address of its own towards the internet: routers of both generations. */
const targets = [
  'urn:schemas-upnp-org:device:InternetGatewayDevice:2',
  'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
]

/** The questions of a search; a device that hears several answers each (section 1.3.2). */
export const searches = (): Buffer[] =>
  targets.map((target) =>
    Buffer.from(
      [
        'M-SEARCH * HTTP/1.1',
        `HOST: ${ssdpGroup}:${ssdpPort}`,
        'MAN: "ssdp:discover"',
        'MX: 1',
        `ST: ${target}`,
        '',
        '',
      ].join('\r\n'),
    ),
  )

/** A description of a device is at an address of the router itself, or it is not the router's. */
export function locationIn(answer: Buffer, router: string): URL | undefined {
  // An answer has a dozen short lines.
  if (answer.length > 4096) return undefined
  const text = answer.toString('latin1')
  if (!/^HTTP\/1\.[01] 200/u.test(text)) return undefined
  return ofRouter(/^location:[ \t]*(\S+)/imu.exec(text)?.[1], router)
}

/** The URL, if it is plain HTTP at the router's own address: nothing that a router says leads anywhere else. */
export function ofRouter(text: string | undefined, router: string, base?: URL): URL | undefined {
  if (text === undefined || !URL.canParse(text, base?.href)) return undefined
  const url = new URL(text, base)
  return url.protocol === 'http:' && url.hostname === router && url.username === ''
    ? url
    : undefined
}
