import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { startWorld, type World } from '../parts/cloudflare-world.ts'
import { startAuthority, type Authority } from '../simulators/acme/authority.ts'
import { run } from '../toolbox/run.ts'
import { tool } from '../toolbox/tool.ts'
import { withFile } from '../toolbox/with-file.ts'
import type { Benchmark } from './benchmark.ts'
import { compare, timed, type Contender } from './measure.ts'
import { program } from '../world/program.ts'

const lags: Readonly<Record<string, number>> = { lag0: 0, lag5: 5000, lag30: 30_000 }

/** Certbot sleeps for a fixed time and asks nobody; below the lag it would fail, so there it gets as much as it needs. */
const certbotWaits: Readonly<Record<string, string>> = { lag0: '10', lag5: '10', lag30: '35' }

/** The true programs, whole processes from start to end, each for a fresh name, with the account already there. */
export const benchmark: Benchmark = {
  says: 'seconds to a certificate by dns-01 through Cloudflare, while one of the name servers of the zone lags behind the API',
  cases: {
    lag0: { unit: 'ms', better: 'lower' },
    lag5: { unit: 'ms', better: 'lower' },
    lag30: { unit: 'ms', better: 'lower' },
  },
  async run(how) {
    const { quick, signal } = how
    const progress = (text: string) => how.progress(text)
    const [lego, certbot] = await Promise.all([tool('lego'), tool('certbot')])
    const world = await startWorld()
    const authority = await startAuthority({
      host: world.address(20),
      serverCertificate: await world.web.issue({ names: ['acme.example.net', world.address(20)] }),
      nameServers: world.cloudflare.nameServers.map(({ host, port }) => ({ host, port })),
      duplicateLimit: 1000,
    })
    try {
      const lagged =
        (measure: (name: string, host: string) => Promise<void>, kind: string): Contender =>
        async (name, round) => {
          world.cloudflare.lag(1, lags[name] ?? 0)
          return timed(() => measure(name, `${kind}-${name}-${round}.example.com`))
        }
      const peers: Record<string, Contender> = {}
      if (!('missing' in lego))
        peers['lego'] = lagged((_name, host) => byLego(lego.command, world, authority, host), 'l')
      if (!('missing' in certbot))
        peers['certbot'] = lagged(
          (name, host) =>
            byCertbot(certbot.command, certbotWaits[name] ?? '10', world, authority, host),
          'c',
        )
      const ours = lagged((_name, host) => byUs(world, authority, host), 'o')
      // Accounts are made once, outside the measure.
      await Promise.all([ours('lag0', -1), ...Object.values(peers).map((peer) => peer('lag0', -1))])
      const compared = await compare({
        cases: Object.keys(lags),
        rounds: quick ? 1 : 3,
        ours,
        peers,
        signal,
        progress,
      })
      return {
        ...compared,
        missing: {
          ...('missing' in lego ? { lego: lego.missing } : {}),
          ...('missing' in certbot ? { certbot: certbot.missing } : {}),
        },
        notes: [
          'the lag is the time after which one of two name servers serves what was written to the API: nobody can be faster than it, so that with 30 s no ratio near a half is to be had',
          'lego at its defaults asks every 2 s; certbot at its default sleeps 10 s, and 35 s where 10 would fail',
          'ours without the margin of 2 s for anycast sites that it keeps on the real Cloudflare: here every server of the zone is asked',
        ],
      }
    } finally {
      await authority.close()
      await world.close()
    }
  },
}

async function byUs(world: World, authority: Authority, host: string): Promise<void> {
  const configuration = join(world.folder, 'gatehouse.yaml')
  const servers = world.cloudflare.nameServers
    .map((each) => `"${each.host}:${each.port}"`)
    .join(', ')
  await writeFile(
    configuration,
    `names: [${host}]\ncloudflare: {token: ${world.token.value}, base_url: "${world.cloudflare.baseUrl}"}\ncertificate: {directory: "${authority.directoryUrl}", staging_directory: none}\ndns: {nameservers: [${servers}]}\n`,
  )
  const words = ['certificate', 'renew', '--yes', '--config', configuration]
  await mustSucceed([process.execPath, program, ...words], {
    NODE_EXTRA_CA_CERTS: world.roots,
    XDG_CACHE_HOME: join(world.folder, 'cache'),
  })
}

async function byLego(
  command: readonly string[],
  world: World,
  authority: Authority,
  host: string,
): Promise<void> {
  const words = [
    ...command,
    '--accept-tos',
    '--email=owner@example.com',
    '--dns=cloudflare',
    `--server=${authority.directoryUrl}`,
    `--path=${join(world.folder, 'lego')}`,
    `--domains=${host}`,
    'run',
  ]
  await mustSucceed(withFile('/etc/resolv.conf', world.resolvConf, words), {
    CLOUDFLARE_BASE_URL: world.cloudflare.baseUrl,
    CLOUDFLARE_DNS_API_TOKEN: world.token.value,
    LEGO_CA_CERTIFICATES: world.roots,
    LEGO_CA_SERVER_NAME: 'acme.example.net',
  })
}

async function byCertbot(
  command: readonly string[],
  waits: string,
  world: World,
  authority: Authority,
  host: string,
): Promise<void> {
  const credentials = join(world.folder, 'cloudflare.ini')
  await writeFile(credentials, `dns_cloudflare_api_token = ${world.token.value}\n`, { mode: 0o600 })
  const folders = ['config', 'work', 'logs'].flatMap((name) => [
    `--${name}-dir`,
    join(world.folder, name),
  ])
  const words =
    'certonly --non-interactive --agree-tos --email=owner@example.com --no-eff-email --no-verify-ssl --dns-cloudflare'.split(
      ' ',
    )
  await mustSucceed(
    [
      ...command,
      ...words,
      ...folders,
      `--server=${authority.directoryUrl}`,
      `--dns-cloudflare-credentials=${credentials}`,
      `--dns-cloudflare-propagation-seconds=${waits}`,
      '-d',
      host,
    ],
    { CLOUDFLARE_API_URL: world.cloudflare.baseUrl },
  )
}

async function mustSucceed(command: readonly string[], env: Record<string, string>): Promise<void> {
  const { code, text } = await run(command, { env, seconds: 170 })
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${text}`)
}
