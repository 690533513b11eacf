import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { createServer, type Server } from 'node:tls'

import { makeAuthority, type Authority, type Pair } from '../simulators/pki.ts'
import { startCloudflare, type Cloudflare } from '../simulators/cloudflare/cloudflare.ts'
import type { Token, Zone } from '../simulators/cloudflare/state.ts'

/** A Cloudflare with one zone, on loopback addresses of its own, its name servers on port 53 where others look for them. */
export type World = {
  readonly cloudflare: Cloudflare
  readonly zone: Zone
  /** What Cloudflare's own template "Edit zone DNS" gives. */
  readonly token: Token
  /** The recursive resolver of this world, on port 53. */
  readonly resolver: string
  /** An /etc/resolv.conf that names it. */
  readonly resolvConf: string
  /** An /etc/hosts in which api.cloudflare.com is this one, over TLS on port 443, for clients that know no other. */
  readonly hosts: string
  /** Who signs for its web servers, and a file of that root for those who are to trust it. */
  readonly web: Authority
  readonly roots: string
  /** A folder for the client under test; it goes with the world. */
  readonly folder: string
  readonly address: (last: number) => string
  close(): Promise<void>
}

export async function startWorld(): Promise<World> {
  const net = `127.${randomInt(2, 255)}.${randomInt(2, 255)}`
  const address = (last: number): string => `${net}.${last}`
  const resolver = address(54)
  const cloudflare = await startCloudflare({
    apiHost: address(10),
    nameServers: [
      { host: address(53), port: 53 },
      { host: address(55), port: 53 },
    ],
    resolver: { host: resolver, port: 53 },
    ranges: { ipv4: ['198.51.100.0/24'], ipv6: ['2001:db8:cf::/48'] },
  })
  const account = cloudflare.account('the house')
  const zone = cloudflare.zone('example.com', account)
  const token = cloudflare.token(account, ['zone:read', 'dns:edit'], { zones: [zone.id] })
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-part-'))
  const resolvConf = join(folder, 'resolv.conf')
  await writeFile(resolvConf, `nameserver ${resolver}\n`)

  const web = await makeAuthority('the web of this test')
  const front = await startTlsFront(
    address(10),
    await web.issue({ names: ['api.cloudflare.com'] }),
    new URL(cloudflare.baseUrl),
  )
  const hosts = join(folder, 'hosts')
  await writeFile(hosts, `${address(10)} api.cloudflare.com\n127.0.0.1 localhost\n`)
  const roots = join(folder, 'roots.pem')
  await writeFile(roots, web.certificatePem)
  return {
    cloudflare,
    zone,
    token,
    resolver,
    resolvConf,
    hosts,
    web,
    roots,
    folder,
    address,
    async close() {
      front.close()
      await cloudflare.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** TLS before a server that speaks plain HTTP: bytes go through as they are. */
async function startTlsFront(host: string, pair: Pair, to: URL): Promise<Server> {
  const server = createServer({ cert: pair.certificatePem, key: pair.keyPem }, (socket) => {
    const behind = connect(Number(to.port), to.hostname)
    pipeline(socket, behind, () => behind.destroy())
    pipeline(behind, socket, () => socket.destroy())
  })
  server.listen(443, host)
  await once(server, 'listening')
  return server
}
