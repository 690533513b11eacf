import type { Suite } from './debian-root.ts'

export type Entry = DebianEntry | LegoEntry

export type DebianEntry = {
  /** The system's own packages (only for tools without a service), or a Debian root of that suite. */
  readonly from: 'here' | Suite
  /** The first package gives the version. */
  readonly packages: readonly string[]
  readonly program: string
  /** A program of one file is run by the root's loader, without the milliseconds of entering the root. */
  readonly direct?: true
}

/** Built from its published module: Debian's lego has no Cloudflare provider. */
export type LegoEntry = { readonly from: 'go'; readonly version: string }

/** Everything the lab takes from elsewhere. A name without a version is the current one, of Debian sid. */
export const catalogue = {
  ip: { from: 'here', packages: ['iproute2'], program: 'ip' },
  nft: { from: 'here', packages: ['nftables'], program: 'nft' },
  tcpdump: { from: 'here', packages: ['tcpdump'], program: 'tcpdump' },
  conntrack: { from: 'here', packages: ['conntrack'], program: 'conntrack' },
  dig: { from: 'here', packages: ['bind9-dnsutils'], program: 'dig' },
  cc: { from: 'here', packages: ['gcc', 'libc6-dev', 'libssl-dev'], program: 'gcc' },
  chromium: { from: 'here', packages: ['chromium'], program: 'chromium' },
  // `catatonit` is what it starts as the first process of a container where one is asked for.
  podman: { from: 'here', packages: ['podman', 'runc', 'catatonit'], program: 'podman' },
  testssl: { from: 'here', packages: ['testssl.sh'], program: 'testssl' },

  pebble: { from: 'sid', packages: ['pebble'], program: '/usr/bin/pebble', direct: true },
  lego: { from: 'go', version: '4.35.2' },
  caddy: { from: 'sid', packages: ['caddy'], program: '/usr/bin/caddy', direct: true },
  nginx: { from: 'sid', packages: ['nginx'], program: '/usr/sbin/nginx' },
  haproxy: { from: 'sid', packages: ['haproxy'], program: '/usr/sbin/haproxy' },
  certbot: {
    from: 'sid',
    packages: ['certbot', 'python3-certbot-dns-cloudflare', 'python3-cloudflare'],
    program: '/usr/bin/certbot',
  },
  ddclient: {
    from: 'sid',
    packages: ['ddclient', 'ca-certificates', 'curl'],
    program: '/usr/bin/ddclient',
  },
  ntfy: { from: 'sid', packages: ['ntfy'], program: '/usr/bin/ntfy' },
  aiosmtpd: { from: 'sid', packages: ['python3-aiosmtpd'], program: '/usr/bin/aiosmtpd' },
  mosquitto: { from: 'sid', packages: ['mosquitto'], program: '/usr/sbin/mosquitto' },
  promtool: { from: 'sid', packages: ['prometheus'], program: '/usr/bin/promtool' },
  'python3.14': {
    from: 'sid',
    packages: ['python3.14', 'python3.14-venv'],
    program: '/usr/bin/python3.14',
  },

  'python3.13': {
    from: 'trixie',
    packages: ['python3.13', 'python3.13-venv'],
    program: '/usr/bin/python3.13',
  },

  inadyn: { from: 'sid', packages: ['inadyn', 'ca-certificates'], program: '/usr/sbin/inadyn' },
  'miniupnpd-sid': {
    from: 'sid',
    packages: ['miniupnpd-nftables'],
    program: '/usr/sbin/miniupnpd',
  },
  'docker-compose': {
    from: 'trixie',
    packages: ['docker-compose'],
    program: '/usr/bin/docker-compose',
  },
  apparmor_parser: {
    from: 'trixie',
    packages: ['apparmor'],
    program: '/usr/sbin/apparmor_parser',
  },

  // The versions of Debian 12, which many homes run. Daemons, so not on the system itself.
  'pebble-2.4': {
    from: 'bookworm',
    packages: ['pebble'],
    program: '/usr/bin/pebble',
    direct: true,
  },
  'caddy-2.6': { from: 'bookworm', packages: ['caddy'], program: '/usr/bin/caddy', direct: true },
  'nginx-1.22': { from: 'bookworm', packages: ['nginx'], program: '/usr/sbin/nginx' },
  'haproxy-2.6': { from: 'bookworm', packages: ['haproxy'], program: '/usr/sbin/haproxy' },
  miniupnpd: { from: 'bookworm', packages: ['miniupnpd-nftables'], program: '/usr/sbin/miniupnpd' },
} as const satisfies Record<string, Entry>

export type ToolName = keyof typeof catalogue
