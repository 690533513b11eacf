import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import {
  startSupervisor,
  type App,
  type Supervisor,
  type Visit,
} from '../../simulators/supervisor/supervisor.ts'
import { newUser } from '../../simulators/home-assistant/state.ts'
import { startWorld } from '../../world/world.ts'
import { perform, type Deeds } from '../actor.ts'

// A whole world on the loopback of its namespace, with Home Assistant and the Supervisor at their places in the network of
// the apps.

export type HassioSetup = {
  readonly core: string
  readonly supervisor: string
  readonly app: App
  /** A real Home Assistant instead of the simulator. */
  readonly real?: { readonly url: string; readonly token: string; readonly version: string }
}

const hassio = async ({ core, supervisor: host, app, real }: HassioSetup) => {
  const world = await startWorld({
    withVantage: false,
    homeAssistant: { host: core, port: 8123 },
  })
  const { homeAssistant } = world
  const guest = newUser('Guest', 'guest', 'a guest of the lab', {
    is_owner: false,
    is_admin: false,
  })
  homeAssistant.state.users.push(guest)
  const behind = real ?? {
    url: homeAssistant.url,
    token: homeAssistant.token,
    version: homeAssistant.state.version,
  }
  const supervisor: Supervisor = await startSupervisor({
    host,
    port: 80,
    core: behind,
    app,
    addresses: ['192.168.7.20/24'],
    mqtt: {
      host: 'core-mosquitto',
      port: 1883,
      ssl: false,
      username: 'addons',
      password: 'secret',
    },
  })
  const roots = join(world.folder, 'all-roots.pem')
  await writeFile(roots, world.publicAuthority.certificatePem)
  return {
    /** What the app is told of this world: its options, and how its internet differs. */
    facts: () => ({
      options: {
        names: [world.name],
        public_port: world.port,
        cloudflare: { token: world.setupToken },
        address: { ipv4: 'auto', ipv6: 'none' },
        dns: {
          resolvers: [`${world.addresses.resolver}:5353`],
          nameservers: world.addresses.nameServers.map((each) => `${each}:5353`),
        },
        certificate: {
          directory: world.authority.directoryUrl,
          staging_directory: world.staging.directoryUrl,
        },
      },
      environment: {
        CLOUDFLARE_BASE_URL: world.cloudflare.baseUrl,
        GATEHOUSE_ADDRESS_ALLOW: `${world.addresses.network},2001:db8::/32`,
        NODE_EXTRA_CA_CERTS: roots,
      },
      roots,
      addresses: world.addresses,
      users: homeAssistant.state.users.map(({ id, name }) => ({ id, name })),
    }),
    visit: (path: string, visit: Visit) => supervisor.visit(path, visit),
    asked: () => supervisor.seen,
    /** What Home Assistant was told to trust, and by whom it was asked. */
    core: () => ({
      proxies: homeAssistant.state.stable.trusted_proxies ?? [],
      pending: homeAssistant.state.pending !== null,
      restarts: homeAssistant.state.restarts,
      notices: homeAssistant.state.loginNotices,
      peers: [...new Set(homeAssistant.state.seen.map(({ peer }) => peer))],
    }),
    records: () =>
      world.zone.records.map(({ name, type, content, proxied }) => ({
        name,
        type,
        content,
        proxied,
      })),
    close: () => world.close(),
  } satisfies Deeds
}

export type Hassio = Awaited<ReturnType<typeof hassio>>

if (process.send) await perform((setup) => hassio(JSON.parse(setup) as HassioSetup))
