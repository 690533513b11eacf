import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { startActor, type Actor, type Deeds } from '../network/actor.ts'
import type { Cloud } from '../network/actors/cloud.ts'
import type { House } from '../network/actors/house.ts'
import { addresses } from '../network/addresses.ts'
import { createTopology, type Topology } from '../network/topology.ts'
import { checkout } from '../toolbox/cache.ts'
import type { Ran } from '../toolbox/run.ts'
import { withFile } from '../toolbox/with-file.ts'
import { program } from '../world/program.ts'

/** A home in the lab's network, with the true program in it and nothing set up yet. */
export type StoryHome<H extends Deeds = House> = {
  readonly net: Topology
  readonly cloud: Actor<Cloud>
  readonly house: Actor<H>
  readonly name: string
  /** PEM of what browsers trust in this world. */
  readonly roots: string
  /** Runs `gatehouse WORDS` on the home's machine to its end. */
  gatehouse(...words: readonly string[]): Promise<Ran>
  /** Starts `gatehouse run`; done when the gateway listens. What it says is handed on. */
  keep(hear?: (text: string) => void): Promise<void>
  close(): Promise<void>
}

/** Which Home Assistant lives in the house. */
export type HouseOptions<H extends Deeds> = {
  /** The actor, and what it is told. */
  readonly file: string
  readonly setup: unknown
  /** An access token of its owner. */
  readonly token: (house: Actor<H>) => Promise<string>
  /** More lines for `home_assistant` in the configuration. */
  readonly settings?: (house: Actor<H>) => Promise<string>
}

const name = 'ha.example.com'
const vantage = 'vantage.example.net'

export type StoryOptions = {
  /** The API at its true name over TLS, and the addresses to be found; otherwise IPv6 is said and the API plain. */
  readonly findsAddresses?: boolean
  /** `none`: the home has IPv6 only, says its owner. */
  readonly ipv4?: string
}

/** With the simulator of Home Assistant. */
export const startStory = (options: StoryOptions = {}): Promise<StoryHome> =>
  startStoryWith<House>(
    {
      file: join(checkout, 'lab/network/actors/house.ts'),
      setup: false,
      token: (house) => house.token(),
    },
    options,
  )

export async function startStoryWith<H extends Deeds>(
  house: HouseOptions<H>,
  options: StoryOptions = {},
): Promise<StoryHome<H>> {
  const net = await createTopology({ ipv4: 'edge-only', ipv6: 'edge-only' })
  try {
    const actor = (file: string): string => join(checkout, 'lab/network/actors', file)
    const cloud = await startActor<Cloud>(net.edge, actor('cloud.ts'), 'example.com')
    const home = await startActor<H>(net.homeAssistant, house.file, house.setup)
    const facts = await cloud.facts()
    const { folder } = net
    const file = async (named: string, text: string): Promise<string> => {
      await writeFile(join(folder, named), text, { mode: 0o600 })
      return join(folder, named)
    }
    await mkdir(join(folder, 'data'), { mode: 0o700 })
    const hosts = await file(
      'hosts',
      [
        '127.0.0.1 localhost',
        `${addresses.vantage.ipv4} ${vantage}`,
        `${addresses.vantage.ipv6} ${vantage}`,
        `${addresses.edge.api} api.cloudflare.com`,
        `${addresses.edge.apiIpv6} api.cloudflare.com`,
        '',
      ].join('\n'),
    )
    const extraRoots = await file('roots.pem', `${facts.webRoot}\n${facts.authorityRoot}\n`)
    const token = await file('vantage.token', 'a token for the vantage of this story\n')
    const configuration = await file(
      'gatehouse.yaml',
      configurationOf({
        ...facts,
        ...options,
        folder,
        cloudflareToken: await file('cloudflare.token', facts.token),
        homeAssistantToken: await file('home-assistant.token', await house.token(home)),
        vantageToken: token,
        homeAssistantSettings: (await house.settings?.(home)) ?? '',
      }),
    )
    const command = (...words: readonly string[]): string[] =>
      withFile('/etc/hosts', hosts, [process.execPath, program, ...words])
    const env = { NODE_EXTRA_CA_CERTS: extraRoots, NO_COLOR: '1' }

    net.vantage.start(command('vantage', '--listen', '[::]:8444', '--token-file', token), { env })
    return {
      net,
      cloud,
      house: home,
      name,
      roots: facts.webRoot,
      gatehouse: async (...words) =>
        await net.home.exec(command(...words, '--config', configuration), { env, seconds: 120 }),
      async keep(hear) {
        const running = net.home.start(command('run', '--config', configuration), {
          env,
          stdio: ['ignore', 'ignore', hear ? 'pipe' : 'inherit'],
        })
        running.stderr?.setEncoding('utf8').on('data', (text: string) => hear?.(text))
        await listening(net)
      },
      close: () => net.close(),
    }
  } catch (error) {
    await net.close()
    throw error
  }
}

const configurationOf = (it: {
  readonly baseUrl: string
  readonly directoryUrl: string
  readonly folder: string
  readonly cloudflareToken: string
  readonly homeAssistantToken: string
  readonly vantageToken: string
  readonly homeAssistantSettings: string
  readonly findsAddresses?: boolean
  readonly ipv4?: string
}): string => `
names: [${name}]
data: ${join(it.folder, 'data')}
cloudflare:
  base_url: ${it.findsAddresses ? 'https://api.cloudflare.com/client/v4' : it.baseUrl}
  token_file: ${it.cloudflareToken}
address:
  ipv4: ${it.ipv4 ?? 'auto'}
  ipv6: '${it.findsAddresses ? 'auto' : addresses.home.ipv6}'
  allow: [198.51.100.0/24, 203.0.113.0/24, '2001:db8::/32']
dns:
  resolvers: ['${addresses.edge.resolver}']
certificate:
  directory: ${it.directoryUrl}
  staging_directory: none
gateway:
  # This machine too: verify compares what is served here with what the edge gets.
  local: [192.0.2.0/24, 127.0.0.0/8]
home_assistant:
  url: http://${addresses.homeAssistant.ipv4}:8123
  token_file: ${it.homeAssistantToken}
${it.homeAssistantSettings}edge:
  zone_settings: change
router:
  kind: nftables
  forward_to: ${addresses.home.ipv4}
vantage:
  url: http://${vantage}:8444
  token_file: ${it.vantageToken}
`

async function listening({ home }: Topology): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { out } = await home.exec(['ss', '--no-header', '--listening', '--tcp', '--numeric'])
    if (/:443\s/u.test(out)) return
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error('the gateway of `gatehouse run` did not listen within ten seconds')
}
