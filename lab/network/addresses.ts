/**
 * Who is where. Documentation addresses (RFC 5737, RFC 3849); what is Cloudflare's here is said to the program as
 * such. The provider's are of no documentation: miniupnpd takes those for unusable. Nothing leaves the namespaces.
 */
export const addresses = {
  /** Cloudflare: everything in its ranges. */
  edge: {
    // As many as Cloudflare might have: a list of one or two is refused as a cut one.
    ranges: {
      ipv4: Array.from({ length: 16 }, (_, i) => `198.51.100.${i * 8}/29`),
      ipv6: Array.from({ length: 16 }, (_, i) => `2001:db8:c${i.toString(16)}::/48`),
    },
    api: '198.51.100.1',
    apiIpv6: '2001:db8:cf::1',
    nameServers: ['198.51.100.2', '198.51.100.3'],
    resolver: '198.51.100.4',
    authority: '198.51.100.5',
    ipv4: '198.51.100.10',
    ipv6: '2001:db8:cf::10',
    egress: { ipv4: '198.51.100.20', ipv6: '2001:db8:cf::20' },
  },
  visitor: { ipv4: '198.51.100.130', ipv6: '2001:db8:a::130' },
  stranger: { ipv4: '198.51.100.166', ipv6: '2001:db8:a::166' },
  vantage: { ipv4: '198.51.100.199', ipv6: '2001:db8:a::199' },
  router: {
    ipv4: '203.0.113.7',
    ipv6: '2001:db8:7:f::7',
    lan: '192.0.2.1',
    lanIpv6: '2001:db8:7:1::1',
  },
  /** Gatehouse. */
  home: { ipv4: '192.0.2.2', ipv6: '2001:db8:7:1::2' },
  homeAssistant: { ipv4: '192.0.2.3', ipv6: '2001:db8:7:1::3' },
  /** What the provider gives its customers, and what many of them share. */
  provider: { range: '11.22.32.0/22', shared: '11.22.34.1', carrier: '100.64.0.0/10' },
  /** What the provider routes to the router over IPv6. */
  prefix: '2001:db8:7::/48',
} as const
