/** What the router has to let through. */
export type Forward = {
  readonly ipv4: readonly string[]
  readonly ipv6: readonly string[]
  readonly publicPort: number
  /** The machine of the gateway, as the router names it; `undefined`: this one, whose address is not known. */
  readonly forwardTo: string | undefined
  readonly forwardPort: number
}

export type Kind =
  | 'opnsense'
  | 'pfsense'
  | 'openwrt'
  | 'unifi'
  | 'mikrotik'
  | 'fritzbox'
  | 'asus'
  | 'nftables'
  | 'other'

export type RouterRule = {
  readonly title: string
  /** What a person does, in order. */
  readonly steps: readonly string[]
  /** To paste as it is, where the router takes text. */
  readonly paste: string | undefined
  readonly notes: readonly string[]
}

/** The mistakes of the well-known guide, and why they are ones (measured with nftables, 2026). */
const common = [
  'leave the source port empty: clients come from any port, and a rule with source port 443 shuts Cloudflare out too',
  'TCP only: Cloudflare speaks to homes over TCP, nothing needs UDP',
  'delete every older forward of this port, and of 8123: the first one that matches wins',
  'restart the router or clear its states afterwards: connections that are open survive a tighter rule',
]

const target = ({ forwardTo, forwardPort }: Forward): string =>
  `${forwardTo ?? 'ADDRESS-OF-THIS-MACHINE'}:${forwardPort}`
const list = (ranges: readonly string[]): string => ranges.join(', ')

/** The exact rule for a kind of router: Cloudflare's ranges to the gateway, and nobody else. */
export function ruleFor(kind: Kind, forward: Forward): RouterRule {
  const made = writers[kind](forward)
  return { ...made, notes: [...made.notes, ...common] }
}

const writers: Readonly<Record<Kind, (forward: Forward) => RouterRule>> = {
  opnsense: (forward) => ({
    title: 'OPNsense',
    steps: [
      'Firewall > Aliases: add "cloudflare4", type Network(s), with the IPv4 ranges below, and "cloudflare6" with the IPv6 ranges',
      `Firewall > NAT > Destination NAT: interface WAN, TCP/IP version IPv4, protocol TCP, source "cloudflare4", destination "WAN address", port ${forward.publicPort}, redirect to ${target(forward)}, NAT reflection: disable, filter rule association: pass`,
      `Firewall > Rules > WAN (IPv6): pass, protocol TCP, source "cloudflare6", destination the IPv6 address of this machine, port ${forward.forwardPort}`,
    ],
    paste: ranges(forward),
    notes: [],
  }),
  pfsense: (forward) => ({
    title: 'pfSense',
    steps: [
      'Firewall > Aliases > IP: add "cloudflare4" and "cloudflare6", type Network(s), with the ranges below',
      `Firewall > NAT > Port Forward: interface WAN, IPv4, protocol TCP, source "cloudflare4", destination "WAN address", port ${forward.publicPort}, redirect to ${target(forward)}, NAT reflection: disable`,
      `Firewall > Rules > WAN: pass, IPv6, TCP, source "cloudflare6", destination the IPv6 address of this machine, port ${forward.forwardPort}`,
    ],
    paste: ranges(forward),
    notes: [
      'an alias of type URL Table works too, but turn on "Check certificate of aliases URLs" (System > Advanced > Firewall) first: without it anybody on the way can change the list',
    ],
  }),
  openwrt: (forward) => ({
    title: 'OpenWrt (fw4)',
    steps: ['append the text below to /etc/config/firewall and run `service firewall restart`'],
    paste: openwrt(forward),
    notes: ['the protocol must be said: without it OpenWrt forwards UDP too'],
  }),
  unifi: (forward) => ({
    title: 'UniFi',
    steps: [
      'Settings > Profiles > Network Lists: add "Cloudflare", type IPv4 Address/Subnet, with the IPv4 ranges below',
      `Settings > Policy Engine > Port Forwarding: name "Gatehouse", interface WAN, protocol TCP, port ${forward.publicPort}, from: Limited, network list "Cloudflare", forward to ${target(forward)}`,
      `for IPv6: a firewall policy, External to Internal, allow, TCP, source the IPv6 ranges below, destination this machine, port ${forward.forwardPort}`,
    ],
    paste: ranges(forward),
    notes: [],
  }),
  mikrotik: (forward) => ({
    title: 'MikroTik RouterOS',
    steps: ['paste the text below into a terminal of the router'],
    paste: mikrotik(forward),
    notes: [],
  }),
  fritzbox: (forward) => ({
    title: 'FRITZ!Box',
    steps: [
      `Internet > Permit Access > Port Sharing: this machine, port sharing, protocol TCP, port ${forward.forwardPort} to port ${forward.forwardPort}, external port ${forward.publicPort}, IPv4 and IPv6`,
    ],
    paste: undefined,
    notes: [
      'a FRITZ!Box cannot restrict who may come: the forward is open to everybody, and the gateway is what refuses strangers (it does so before a byte is sent); `gatehouse verify` shows it',
      'do not allow "automatic port sharing" for this machine',
    ],
  }),
  asus: (forward) => ({
    title: 'ASUS',
    steps: [
      `WAN > Virtual Server / Port Forwarding: one entry for each IPv4 range below as source IP, protocol TCP, external port ${forward.publicPort}, internal ${target(forward)}`,
    ],
    paste: forward.ipv4.join('\n'),
    notes: ['with Merlin an ipset in /jffs/scripts/nat-start is shorter'],
  }),
  nftables: (forward) => ({
    title: 'Linux with nftables',
    steps: [
      'save the text below as /etc/nftables.d/gatehouse.nft, put the name of your outer interface in, and load it with `nft -f`',
    ],
    paste: nftables(forward),
    notes: ['ufw and rules of the input chain do not see ports that Docker publishes'],
  }),
  other: (forward) => ({
    title: 'any router',
    steps: [
      `forward from the internet: protocol TCP, external port ${forward.publicPort}, to ${target(forward)}`,
      `allowed sources (IPv4): ${list(forward.ipv4)}`,
      `for IPv6, allow TCP to this machine, port ${forward.forwardPort}, from: ${list(forward.ipv6)}`,
    ],
    paste: undefined,
    notes: [
      'a router that cannot restrict the sources forwards to everybody; the gateway then refuses strangers by itself, before a byte is sent',
    ],
  }),
}

const ranges = ({ ipv4, ipv6 }: Forward): string => [...ipv4, '', ...ipv6].join('\n')

function openwrt({ ipv4, ipv6, publicPort, forwardTo, forwardPort }: Forward): string {
  const set = (name: string, family: string, items: readonly string[]) => [
    'config ipset',
    `\toption name '${name}'`,
    `\toption family '${family}'`,
    "\tlist match 'src_net'",
    ...items.map((item) => `\tlist entry '${item}'`),
    '',
  ]
  const lines = [
    ...set('cloudflare4', 'ipv4', ipv4),
    ...set('cloudflare6', 'ipv6', ipv6),
    'config redirect',
    "\toption name 'Gatehouse'",
    "\toption target 'DNAT'",
    "\toption src 'wan'",
    "\toption dest 'lan'",
    "\toption family 'ipv4'",
    "\toption proto 'tcp'",
    "\toption ipset 'cloudflare4'",
    `\toption src_dport '${publicPort}'`,
    `\toption dest_ip '${forwardTo ?? 'ADDRESS-OF-THIS-MACHINE'}'`,
    `\toption dest_port '${forwardPort}'`,
    "\toption reflection '0'",
    '',
    'config rule',
    "\toption name 'Gatehouse-IPv6'",
    "\toption src 'wan'",
    "\toption dest 'lan'",
    "\toption family 'ipv6'",
    "\toption proto 'tcp'",
    "\toption ipset 'cloudflare6'",
    `\toption dest_port '${forwardPort}'`,
    "\toption target 'ACCEPT'",
  ]
  return lines.join('\n')
}

function mikrotik({ ipv4, ipv6, publicPort, forwardTo, forwardPort }: Forward): string {
  return [
    '/ip firewall address-list',
    ...ipv4.map((range) => `add list=cloudflare address=${range} comment=gatehouse`),
    '/ip firewall nat',
    `add chain=dstnat action=dst-nat protocol=tcp in-interface-list=WAN dst-port=${publicPort} src-address-list=cloudflare to-addresses=${forwardTo ?? 'ADDRESS-OF-THIS-MACHINE'} to-ports=${forwardPort} comment=gatehouse`,
    '/ipv6 firewall address-list',
    ...ipv6.map((range) => `add list=cloudflare address=${range} comment=gatehouse`),
    '/ipv6 firewall filter',
    `add chain=forward action=accept protocol=tcp in-interface-list=WAN dst-port=${forwardPort} src-address-list=cloudflare comment=gatehouse place-before=0`,
  ].join('\n')
}

function nftables({ ipv4, ipv6, publicPort, forwardTo, forwardPort }: Forward): string {
  const set = (name: string, type: string, items: readonly string[]) =>
    `  set ${name} {\n    type ${type}\n    flags interval\n    auto-merge\n    elements = { ${items.join(', ')} }\n  }`
  return [
    'define wan = "eth0"',
    '',
    'table inet gatehouse {}',
    'delete table inet gatehouse',
    'table inet gatehouse {',
    set('cloudflare4', 'ipv4_addr', ipv4),
    set('cloudflare6', 'ipv6_addr', ipv6),
    '  chain incoming {',
    '    type nat hook prerouting priority dstnat; policy accept;',
    `    iifname $wan ip saddr @cloudflare4 tcp dport ${publicPort} counter dnat ip to ${forwardTo ?? '192.0.2.1'}:${forwardPort}`,
    '  }',
    '  chain passing {',
    '    type filter hook forward priority filter; policy accept;',
    `    iifname $wan ct state new ct status dnat accept`,
    `    iifname $wan ip6 saddr @cloudflare6 tcp dport ${forwardPort} ct state new accept`,
    `    iifname $wan tcp dport { ${[...new Set([publicPort, forwardPort, 8123])].join(', ')} } ct state new counter drop`,
    '  }',
    '}',
  ].join('\n')
}
