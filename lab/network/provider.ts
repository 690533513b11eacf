import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { addresses } from './addresses.ts'
import { must } from './namespaces.ts'
import { world, type Topology } from './topology.ts'

/** The line of the home to its provider: which address it has on the outer side. */
export type Line = {
  /**
   * Gives the router another address, as a new lease does: the new one is there before the old one goes. Returns
   * just before the kernel is told, in ms of the epoch.
   */
  moveTo(address: string): number
  /** Takes the address away: the line is down. */
  drop(): number
  readonly address: () => string | undefined
  close(): void
}

/** With the router at this address. The commands go to a process that is there already, so that none has to start. */
export async function openLine(net: Topology, first: string): Promise<Line> {
  const [program = '', ...words] = net.router.inside(['ip', '-batch', '-'])
  const ip = spawn(program, words, { stdio: ['pipe', 'ignore', 'inherit'] })
  let now: string | undefined = addresses.router.ipv4
  const send = (...lines: string[]): number => {
    const at = Date.now()
    ip.stdin.write(`${lines.join('\n')}\n`)
    return at
  }
  const without = (old: string | undefined): string[] =>
    old === undefined ? [] : [`address del ${old}/32 dev internet`]
  const line: Line = {
    moveTo(address) {
      const old = now
      now = address
      // With the last address the kernel took the routes away.
      const routes = old === undefined ? world.filter((range) => !range.includes(':')) : []
      return send(
        `address replace ${address}/32 dev internet`,
        ...without(old),
        ...routes.map((range) => `route replace ${range} dev internet`),
      )
    },
    drop() {
      const old = now
      now = undefined
      return send(...without(old))
    },
    address: () => now,
    close: () => void ip.stdin.end(),
  }
  line.moveTo(first)
  await sleep(50)
  return line
}

/**
 * Many customers behind one address: whoever of the outside is spoken to from the carrier's range sees the shared
 * address instead.
 */
export async function shareAddress(net: Topology): Promise<void> {
  const { carrier, shared } = addresses.provider
  const file = join(net.folder, 'carrier.nft')
  await writeFile(
    file,
    [
      'table ip carrier {',
      'chain arriving {',
      'type nat hook input priority 100;',
      `ip saddr ${carrier} snat to ${shared}`,
      '}',
      '}',
    ].join('\n'),
  )
  for (const host of [net.edge, net.vantage]) {
    await must(host.inside(['nft', '-f', file]))
  }
}

export type Miniupnpd = { readonly process: ChildProcess; stop(): Promise<void> }

/** The real miniupnpd in the router, as OpenWrt and many others run it, with all its languages on. */
export async function startMiniupnpd(
  net: Topology,
  command: readonly string[],
): Promise<Miniupnpd> {
  const configuration = join(net.folder, 'miniupnpd.conf')
  await writeFile(
    configuration,
    [
      'ext_ifname=internet',
      'listening_ip=lan',
      'port=5000',
      'enable_natpmp=yes',
      'enable_upnp=yes',
      'secure_mode=yes',
      'notify_interval=900',
      'uuid=00000000-0000-4000-8000-000000000001',
      'deny 0-65535 0.0.0.0/0 0-65535',
      '',
    ].join('\n'),
  )
  const child = net.router.start(
    [...command, '-d', '-f', configuration, '-P', join(net.folder, 'miniupnpd.pid')],
    { stdio: ['ignore', 'ignore', 'ignore'] },
  )
  await listening(net)
  return {
    process: child,
    async stop() {
      if (child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

async function listening({ router }: Topology): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { out } = await router.exec(['ss', '--no-header', '--udp', '--listening', '--numeric'])
    if (/:5351\s/u.test(out) && /:1900\s/u.test(out)) return
    await sleep(100)
  }
  throw new Error('miniupnpd did not listen within ten seconds')
}
