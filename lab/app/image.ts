import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { build, cache, checkout } from '../toolbox/cache.ts'
import { debianRoot } from '../toolbox/debian-root.ts'
import { npmPackage } from '../toolbox/npm-package.ts'
import { run } from '../toolbox/run.ts'
import { exec, fill, isIgnored, parseDockerfile, type Stage } from './dockerfile.ts'

export type Image = {
  /** The command that a container engine would run, in this image, in the caller's network. */
  command(how: {
    readonly arguments?: readonly string[]
    /** Folder of the machine to folder of the image. */
    readonly folders: Readonly<Record<string, string>>
    readonly hosts: string
  }): readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** The npm that comes with the base. */
const npmVersion = '11.21.2'

/**
 * The image of app/Dockerfile, built without a container engine: each of its steps is done in a root, in its order, by
 * its own words. What differs from the real thing is the base: Debian trixie by debootstrap with the `node` of npm, of the same
 * version, where `node:…-trixie-slim` has nodejs.org's. Needs root, a minute, and the npm registry; it is kept in the cache
 * until something in it changes.
 */
export async function buildImage(): Promise<Image> {
  const base = await nodeBase()
  const scratch = await mkdtemp(join(tmpdir(), 'gatehouse-image-'))
  try {
    const context = await contextIn(join(scratch, 'context'))
    const dockerfile = await readFile(join(checkout, 'app/Dockerfile'), 'utf8')
    const stages = parseDockerfile(dockerfile)
    const folder = join(cache, 'image', await digestOf(context, dockerfile))
    if (!existsSync(folder)) {
      await buildStages(stages, base, context, join(scratch, 'made'))
      await rm(join(cache, 'image'), { recursive: true, force: true })
      await mkdir(join(cache, 'image'), { recursive: true })
      await must(['cp', '-a', join(scratch, 'made'), folder])
    }
    return imageOf(stages, base, folder)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Each stage is what it changed in the base, in a folder by its number. */
async function buildStages(
  stages: readonly Stage[],
  base: string,
  context: string,
  folder: string,
): Promise<void> {
  const made = new Map<string, string>()
  for (const [i, stage] of stages.entries()) {
    const mine = join(folder, String(i))
    await mkdir(mine, { recursive: true })
    const script = join(mine, 'script.sh')
    await writeFile(script, await scriptOf(stage, context, made))
    await must(
      ['unshare', '--mount', 'sh', join(import.meta.dirname, 'stage.sh'), base, mine, script],
      540,
    )
    if (stage.name !== undefined) made.set(stage.name, mine)
  }
}

function imageOf(stages: readonly Stage[], base: string, folder: string): Image {
  const final = stages.at(-1)
  if (!final) throw new Error('no stage')
  const of = (name: string) => final.instructions.find((each) => each.name === name)?.rest ?? '[]'
  return {
    environment: environmentOf(final),
    command: ({ arguments: given, folders, hosts }) => [
      'unshare',
      '--mount',
      'sh',
      join(import.meta.dirname, 'enter.sh'),
      base,
      join(folder, String(stages.length - 1)),
      hosts,
      ...Object.entries(folders).map(([from, to]) => `${from}:${to}`),
      '--',
      ...exec(of('ENTRYPOINT')),
      ...(given ?? exec(of('CMD'))),
    ],
  }
}

async function digestOf(context: string, dockerfile: string): Promise<string> {
  const hash = createHash('sha256').update(dockerfile).update(process.version)
  const { out } = await run([
    'sh',
    '-c',
    'cd "$1" && find . -type f | sort | xargs sha256sum',
    'sh',
    context,
  ])
  return hash.update(out).digest('hex').slice(0, 16)
}

async function must(command: readonly string[], seconds = 60): Promise<void> {
  const { code, text } = await run(command, { seconds })
  if (code !== 0) throw new Error(`${command.join(' ')}: ${text.slice(-3000)}`)
}

/** A Debian with Node, npm and the user `node`, as the base has them. */
async function nodeBase(): Promise<string> {
  const { folder } = await debianRoot('trixie', ['libstdc++6', 'libatomic1'], 'trixie-slim')
  const done = join(folder, 'usr/local/gatehouse-base')
  if (existsSync(done) && (await readFile(done, 'utf8')) === process.version) return folder
  const npm = dirname((await npmPackage('npm', npmVersion)).resolve('npm/package.json'))
  const node = createRequire(join(checkout, 'package.json')).resolve('node/package.json')
  const script = `set -eu
cp "$2" "$1/usr/local/bin/node"
rm -rf "$1/usr/local/lib/node_modules/npm" && mkdir -p "$1/usr/local/lib/node_modules"
cp -a "$3" "$1/usr/local/lib/node_modules/npm"
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"
grep -q '^node:' "$1/etc/passwd" || chroot "$1" useradd --uid 1000 --user-group --create-home node
printf %s "$4" >"$1/usr/local/gatehouse-base"`
  await build(
    'node-base',
    ['sh', '-c', script, 'sh', folder, join(dirname(node), 'bin/node'), npm, process.version],
    5,
  )
  return folder
}

/** What a container engine would be sent: the checkout without what .dockerignore names. */
async function contextIn(folder: string): Promise<string> {
  const dockerignore = await readFile(join(checkout, '.dockerignore'), 'utf8')
  const { out } = await run(['git', '-C', checkout, 'ls-files', '-co', '--exclude-standard'])
  for (const file of out.trim().split('\n'))
    if (!isIgnored(file, dockerignore) && existsSync(join(checkout, file)))
      await cp(join(checkout, file), join(folder, file))
  return folder
}

/** The steps of a stage as a shell does them in `$MERGED`. */
async function scriptOf(
  stage: Stage,
  context: string,
  made: ReadonlyMap<string, string>,
): Promise<string> {
  const network = await registryEnvironment()
  const environment = new Map(Object.entries(environmentOf(stage)))
  let at = '/'
  const lines = ['set -eux']
  for (const { name, flags, rest } of stage.instructions) {
    const said = fill(rest, environment)
    switch (name) {
      case 'WORKDIR':
        at = said
        lines.push(`mkdir -p "$MERGED${at}"`)
        break
      case 'COPY': {
        const words = said.split(/\s+/)
        const target = words.at(-1) ?? ''
        const place = target.startsWith('/') ? target : join(at, target)
        const from =
          flags['from'] === undefined ? context : `${made.get(flags['from']) ?? ''}/upper`
        for (const source of words.slice(0, -1)) lines.push(copy(join(from, source), place, target))
        break
      }
      case 'RUN':
        lines.push(
          `chroot "$MERGED" env -i ${[...environment, ...network].map(([key, value]) => quoted(`${key}=${value}`)).join(' ')} sh -euc ${quoted(`cd ${at}; ${said}`)}`,
        )
        break
      // What does not change the root.
      case 'ARG':
      case 'ENV':
      case 'LABEL':
      case 'EXPOSE':
      case 'STOPSIGNAL':
      case 'ENTRYPOINT':
      case 'CMD':
        break
      default:
        throw new Error(`this lab does not know ${name}`)
    }
  }
  return lines.join('\n')
}

/** A folder gives what is in it; a file goes into a folder that is named with a slash, or is named anew. */
const copy = (source: string, place: string, target: string): string =>
  `if [ -d ${quoted(source)} ]; then mkdir -p "$MERGED${place}"; cp -a ${quoted(source)}/. "$MERGED${place}"; else ${
    target.endsWith('/') || target === '.'
      ? `mkdir -p "$MERGED${place}"; cp -a ${quoted(source)} "$MERGED${place}"`
      : `cp -a ${quoted(source)} "$MERGED${place}"`
  }; fi`

function environmentOf({ instructions }: Stage): Record<string, string> {
  const said = instructions
    .filter(({ name }) => name === 'ENV')
    .map(({ rest }) => rest.split('=') as [string, string])
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    ...Object.fromEntries(said),
  }
}

/** How npm reaches its registry on this machine; a container engine is told the same by its own settings. */
async function registryEnvironment(): Promise<readonly (readonly [string, string])[]> {
  const registry = (await run(['npm', 'config', 'get', 'registry'])).out.trim()
  const authorities = '/etc/ssl/certs/ca-certificates.crt'
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']
  return [
    ['npm_config_registry', registry],
    ['npm_config_cache', '/tmp/npm'],
    ...(existsSync(authorities)
      ? ([
          ['npm_config_cafile', authorities],
          ['NODE_EXTRA_CA_CERTS', authorities],
        ] as const)
      : []),
    ...proxies.flatMap((key) => {
      const value = process.env[key]
      return value === undefined ? [] : [[key, value] as const]
    }),
  ]
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
