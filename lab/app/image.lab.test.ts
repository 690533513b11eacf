import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, suite, test } from 'node:test'

import { z } from 'zod'

import { containerEngine, containerName } from '../containers/engine.ts'
import { buildImage, imageName } from '../containers/image.ts'
import { startActor, type Actor } from '../network/actor.ts'
import type { Hassio, HassioSetup } from '../network/actors/hassio.ts'
import {
  configure,
  makeNamespaces,
  must,
  type Host,
  type Namespaces,
} from '../network/namespaces.ts'
import { ingressPath, type Visit } from '../simulators/supervisor/supervisor.ts'
import { checkout } from '../toolbox/cache.ts'
import { manifest } from './manifest.ts'
import { whyNotValid } from './options-schema.ts'

/*
 * The image of the app, built from its Dockerfile and run by a container engine, in the place that the Supervisor gives it: its
 * options, its token, its network, its ingress. Behind the Supervisor a whole world: the app sets the house up from nothing.
 */

const found = await containerEngine()

const place = {
  core: '172.30.32.1',
  supervisor: '172.30.32.2',
  app: '172.30.33.5',
  other: '172.30.33.9',
}
const token = 'a token of the Supervisor'

const inspected = z.tuple([
  z.object({
    Config: z.object({
      Entrypoint: z.array(z.string()),
      Cmd: z.array(z.string()),
      Labels: z.record(z.string(), z.string()),
    }),
  }),
])

suite(
  'the image of the app, at the Supervisor',
  { skip: 'missing' in found && found.missing },
  () => {
    if ('missing' in found) return
    const engine = found
    let namespaces: Namespaces
    let house: Host
    let hassio: Actor<Hassio>
    let folder = ''
    let app: ChildProcess
    let container = ''
    let log = ''
    let facts: Awaited<ReturnType<Actor<Hassio>['facts']>>

    before(async () => {
      await buildImage(engine)
      folder = await mkdtemp(join(tmpdir(), 'gatehouse-app-'))
      namespaces = await makeNamespaces(['house'])
      house = namespaces.hosts.get('house') as Host
      await configure(house, [
        ...Object.values(place).map((address) => `address add ${address}/23 dev lo`),
        // All of it is one machine here: what goes to Home Assistant and the Supervisor comes from the app.
        ...[place.core, place.supervisor].map(
          (address) => `route replace local ${address} dev lo table local src ${place.app}`,
        ),
      ])
      const setup: HassioSetup = {
        core: place.core,
        supervisor: place.supervisor,
        app: {
          token,
          homeassistantApi: manifest['homeassistant_api'] === true,
          hassioApi: manifest['hassio_api'] === true,
          address: place.app,
          ingressPort: manifest.ingress_port,
          ports: manifest.ports,
        },
      }
      hassio = await startActor<Hassio>(
        house,
        join(checkout, 'lab/network/actors/hassio.ts'),
        setup,
      )
      facts = await hassio.facts()
      await start()
    })
    after(async () => {
      await engine.exec(['rm', '--force', '--time=0', '--ignore', container])
      await hassio?.close()
      await namespaces?.close()
      await rm(folder, { recursive: true, force: true })
    })

    async function start(): Promise<void> {
      const options = { ...manifest.options, ...facts.options }
      assert.equal(whyNotValid(manifest.schema, options), undefined)
      await mkdir(join(folder, 'data'), { recursive: true })
      await writeFile(join(folder, 'data/options.json'), JSON.stringify(options), { mode: 0o600 })
      await mkdir(join(folder, 'world'), { recursive: true })
      await writeFile(join(folder, 'world/roots.pem'), await readFile(facts.roots))
      await chmod(folder, 0o755)
      const hosts = join(folder, 'hosts')
      await writeFile(
        hosts,
        `127.0.0.1 localhost\n${place.supervisor} supervisor\n${place.core} homeassistant\n`,
      )
      const environment = {
        ...facts.environment,
        NODE_EXTRA_CA_CERTS: '/world/roots.pem',
        // The edge of this world is on the same machine, and has the port at another address of it.
        GATEHOUSE_GATEWAY_LISTEN: `${facts.addresses.home}:8443,${place.app}:8443`,
        SUPERVISOR_TOKEN: token,
      }
      container = containerName()
      const [program = '', ...rest] = engine.command([
        'run',
        '--rm',
        `--name=${container}`,
        `--network=ns:${house.path}`,
        '--security-opt=no-new-privileges',
        '--no-hosts',
        `--volume=${hosts}:/etc/hosts:ro`,
        `--volume=${join(folder, 'data')}:/data`,
        `--volume=${join(folder, 'world')}:/world:ro`,
        ...Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`),
        imageName,
      ])
      app = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
      const hear = (chunk: Buffer) => (log += chunk.toString())
      app.stdout?.on('data', hear)
      app.stderr?.on('data', hear)
      await until(async () => (await visit('/health').catch(() => undefined))?.status === 200)
    }

    async function end(): Promise<number | null> {
      if (app === undefined || app.exitCode !== null) return app?.exitCode ?? null
      const gone = once(app, 'exit')
      app.kill('SIGTERM')
      const [code] = (await gone) as [number | null]
      return code
    }

    const visit = (path: string, more: Partial<Visit> = {}) =>
      hassio.visit(path, { user: facts.users[0], ...more })

    const status = async () =>
      z
        .object({
          verdict: z.object({ verdict: z.string() }).nullable(),
          safeguards: z.array(
            z.object({
              name: z.string(),
              lastLook: z.object({ outcome: z.string(), says: z.string().nullable() }).nullable(),
            }),
          ),
        })
        .parse(JSON.parse((await visit('/api/status')).text))

    async function until(wished: () => Promise<boolean>, seconds = 120): Promise<void> {
      const deadline = performance.now() + seconds * 1000
      while (performance.now() < deadline) {
        if (app.exitCode !== null) assert.fail(`the app ended with ${app.exitCode}: ${log}`)
        if (await wished()) return
        await sleep(200)
      }
      assert.fail(log.slice(-3000))
    }

    test('it is what the Supervisor starts, and in it is nothing else', async () => {
      const [{ Config }] = inspected.parse(JSON.parse(await engine.must(['inspect', imageName])))
      assert.deepEqual(Config.Entrypoint, ['node', '/app/dist/main.js'])
      assert.deepEqual(Config.Cmd, ['app', '--user', '1000:1000'])
      // The retired builder set these.
      assert.equal(Config.Labels['io.hass.type'], 'app')
      assert.equal(Config.Labels['io.hass.version'], '0.0.0')
      assert.equal(Config.Labels['io.hass.arch'], 'amd64')
      const inside = (...words: string[]) =>
        engine.must([
          'run',
          '--rm',
          '--network=none',
          `--entrypoint=${words[0]}`,
          imageName,
          ...words.slice(1),
        ])
      const files = (await inside('find', '/app', '-maxdepth', '1')).trim().split('\n')
      assert.deepEqual(files.toSorted(), [
        '/app',
        '/app/LICENSE',
        '/app/dist',
        '/app/node_modules',
        '/app/package.json',
      ])
      assert.equal((await inside('stat', '--format=%u:%g %a', '/data')).trim(), '1000:1000 700')
    })

    test('it sets the house up from its options: record, certificate, and the proxy of Home Assistant', async () => {
      await until(async () =>
        (await status()).safeguards.every(({ lastLook }) =>
          ['as-wished', 'put-back'].includes(lastLook?.outcome ?? ''),
        ),
      )
      const records = await hassio.records()
      assert.ok(
        records.some(
          ({ name, type, proxied }) => name === 'ha.example.com' && type === 'A' && proxied,
        ),
      )
      const core = await hassio.core()
      assert.deepEqual(core.proxies, ['172.30.33.0/24'])
      assert.equal(core.pending, false)
      assert.equal(core.notices, 0)
      assert.ok(core.peers.includes(place.app), core.peers.join())
    })

    test('it asked the Supervisor with its token for what it may, and administers Home Assistant through it', async () => {
      const asked = await hassio.asked()
      for (const each of [
        'GET /core/info 200',
        'GET /network/info 200',
        'GET /addons/self/info 200',
        'GET /services/mqtt 200',
        'WS /core/api/websocket',
      ])
        assert.ok(asked.includes(each), `${each}: ${asked.join(', ')}`)
      assert.deepEqual(
        asked.filter((each) => / (?:401|403|404)$/.test(each)),
        [],
      )
    })

    test('its page is shown by the ingress, under its path, to administrators; others see themselves', async () => {
      const [owner, guest] = facts.users
      const page = await visit('/', { user: owner })
      assert.equal(page.status, 200)
      assert.match(page.text, /<strong>Home Assistant<\/strong>/)
      assert.ok(page.text.includes(`href="${ingressPath}/style.css`))
      assert.equal((await visit('/', { user: guest })).status, 303)
      assert.match((await visit('/second-factor', { user: guest })).text, /Guest/)
      assert.equal((await visit('/', { user: undefined })).status, 403)
      const begun = await visit('/sign-in?at=here', { user: owner })
      const target = new URL(String(begun.headers['location']))
      assert.equal(`${target.origin}${target.pathname}`, 'https://ha.example.com/auth/authorize')
      assert.equal(target.searchParams.get('client_id'), `https://ha.example.com${ingressPath}/`)
    })

    test('nobody but the Supervisor gets a byte of it', async () => {
      for (const from of [place.other, place.core]) {
        const { text } = await house.exec([
          'curl',
          '--silent',
          '--show-error',
          '--max-time',
          '5',
          '--interface',
          from,
          `http://${place.app}:${manifest.ingress_port}/health`,
        ])
        assert.doesNotMatch(text, /ok/)
      }
    })

    test('it is not root, has no capabilities, and keeps its data for itself', async () => {
      const pid = await engine.must(['inspect', '--format={{.State.Pid}}', container])
      const of = async (name: string) =>
        new RegExp(`^${name}:\\s*(.*)$`, 'm')
          .exec(await readFile(`/proc/${pid.trim()}/status`, 'utf8'))?.[1]
          ?.trim()
      assert.equal(await of('Uid'), '1000\t1000\t1000\t1000')
      assert.equal(await of('Gid'), '1000\t1000\t1000\t1000')
      assert.equal(await of('Groups'), '1000')
      assert.equal(await of('CapEff'), '0000000000000000')
      assert.equal(await of('CapPrm'), '0000000000000000')
      const data = await stat(join(folder, 'data/gatehouse'))
      assert.deepEqual([data.uid, data.mode & 0o777], [1000, 0o700])
      assert.equal((await stat(join(folder, 'data/options.json'))).uid, 0)
    })

    test('it serves the edge on the port that the host maps, and strangers nothing', async () => {
      const open = await must(
        house.inside(['sh', '-c', 'cat /proc/net/tcp /proc/net/tcp6 2>/dev/null']),
      )
      assert.match(open, new RegExp(`:${(8443).toString(16).toUpperCase()} `))
      const stranger = await house.exec([
        'curl',
        '-ksS',
        '--max-time',
        '5',
        '--interface',
        facts.addresses.stranger,
        `https://${place.app}:8443/`,
      ])
      assert.notEqual(stranger.code, 0)
    })

    test('no secret is in its log', () => {
      assert.doesNotMatch(log, new RegExp(`${token}|${facts.options.cloudflare.token}`))
    })

    test('it stops when it is asked to, and starts again as another address without a restart of Home Assistant', async () => {
      const { restarts } = await hassio.core()
      assert.equal(await end(), 0)
      await start()
      await until(async () =>
        (await status()).safeguards.every(({ lastLook }) => lastLook?.outcome === 'as-wished'),
      )
      assert.equal((await hassio.core()).restarts, restarts)
    })
  },
)
