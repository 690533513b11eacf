import { access } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { writeAtomic } from '../adapters/system/files.ts'
import { routerKinds, type RouterKind } from '../config/settings.ts'
import { writeConfiguration, type Answers } from '../config/write.ts'
import { discoverHome, findHomeAssistant, lookUpZone } from '../compose/discover.ts'
import { nameOf } from '../core/name.ts'
import { Problem, reasonOf } from '../core/problem.ts'
import { Secret } from '../core/secret.ts'
import { askChoice, askSecret, askText } from './ask.ts'
import { exit, type Context, type ExitCode } from './context.ts'

export type InitOptions = {
  readonly config: string
  readonly name?: string
  readonly tokenFile?: string
  readonly homeAssistant?: string
  readonly homeAssistantTokenFile?: string
  readonly tls?: 'gateway' | 'home-assistant'
  readonly certificateFolder?: string
  readonly router?: RouterKind
  readonly countries?: string
  readonly vantage?: string
  readonly publicPort?: string
  readonly force: boolean
}

/**
 * `gatehouse init`: the questions a person can answer, each with a flag; what can be found is found and
 * offered. Looks at Cloudflare and Home Assistant as it goes, and writes nothing before the end.
 */
export async function initCommand(context: Context, options: InitOptions): Promise<ExitCode> {
  const { terminal, paint } = context
  await refuseToOverwrite(options)
  const folder = dirname(resolve(options.config))
  const found = discoverHome()

  const name = await askText(context, {
    message: 'The public name of the house',
    flag: '--name',
    ...(options.name === undefined ? {} : { initial: options.name }),
    check: (given) => (nameOf(given) === undefined ? 'a name like ha.example.com' : undefined),
  })
  const host = nameOf(name) ?? notAName(name)
  const token = await cloudflareToken(context, options, host)
  const url = await homeAssistantUrl(context, options)
  const tls =
    options.tls ??
    (await askChoice<Answers['tls']>(
      context,
      { message: 'Where should TLS end?', flag: '--tls', initial: 'gateway' },
      tlsChoices,
    ))
  const certificateFolder =
    tls === 'home-assistant'
      ? await askText(context, {
          message: 'The folder where Home Assistant reads certificates, as this machine sees it',
          flag: '--certificate-folder',
          ...(options.certificateFolder === undefined
            ? {}
            : { initial: options.certificateFolder }),
        })
      : undefined
  const router =
    options.router ??
    (await askChoice<RouterKind>(
      context,
      { message: 'What router do you have?', flag: '--router', initial: 'other' },
      routerKinds.map((value) => ({ value, label: value })),
    ))
  const countries = countriesIn(
    options.countries ??
      (await askText(context, {
        message: 'Countries that may come in, like PT,ES (empty: all)',
        flag: '--countries',
        initial: '',
        check: (given) =>
          given === '' || countriesIn(given) ? undefined : 'two letters each, with commas',
      })),
  )

  const answers: Answers = {
    names: [host],
    publicPort: Number(options.publicPort ?? 443),
    tls,
    tokenFile: token.file,
    homeAssistantUrl: url,
    homeAssistantTokenFile: options.homeAssistantTokenFile,
    certificateFolder,
    local: found.localRanges,
    router,
    forwardTo: found.lanAddress,
    countries,
    vantageUrl: options.vantage,
  }
  if (token.value !== undefined) await writeAtomic(resolve(folder, token.file), `${token.value}\n`)
  await writeAtomic(resolve(options.config), writeConfiguration(answers, schemaFrom(folder)), 0o644)
  terminal.out(`${paint.good('wrote')} ${options.config}`)
  terminal.out(`next: \`gatehouse token check\`, then \`gatehouse plan\`: it changes nothing`)
  return exit.ok
}

const tlsChoices = [
  {
    value: 'gateway',
    label: 'in Gatehouse (new certificates without a restart; Home Assistant stays as it is)',
  },
  { value: 'home-assistant', label: 'in Home Assistant (it restarts for every new certificate)' },
] as const

async function refuseToOverwrite({ config, force }: InitOptions): Promise<void> {
  const isThere = await access(config).then(
    () => true,
    () => false,
  )
  if (isThere && !force)
    throw new Problem('usage/exists', `${config} is there already`, {
      hint: 'look at it, or write another with --config FILE; --force overwrites',
      usage: true,
    })
}

const notAName = (name: string): never => {
  throw new Problem('usage/name', `${JSON.stringify(name)} is not a host name`, {
    hint: 'give one like ha.example.com',
    usage: true,
  })
}

/** A file that is there is only named; a token that is typed is tried, and written at the end. */
async function cloudflareToken(
  context: Context,
  { tokenFile }: InitOptions,
  host: string,
): Promise<{ readonly file: string; readonly value: string | undefined }> {
  if (tokenFile !== undefined) return { file: tokenFile, value: undefined }
  const value = (
    await askSecret(context, {
      message: 'The token for Cloudflare (`gatehouse token url` opens the page that makes one)',
      flag: '--token-file',
      check: (given) => (given.trim() === '' ? 'paste it here' : undefined),
    })
  ).trim()
  context.terminal.progress('looking for the zone …')
  const zone = await lookUpZone(new Secret('Cloudflare token', value), host, context)
  context.terminal.progressEnds()
  context.terminal.err(
    `${context.paint.good('✓')} the zone ${zone.name} is ${zone.paused ? 'paused' : zone.status}`,
  )
  return { file: 'cloudflare.token', value }
}

async function homeAssistantUrl(context: Context, options: InitOptions): Promise<string> {
  if (options.homeAssistant !== undefined) return options.homeAssistant
  context.terminal.progress('looking for Home Assistant …')
  const found = await findHomeAssistant(context.signal)
  context.terminal.progressEnds()
  const url = await askText(context, {
    message: 'Home Assistant, as this machine reaches it',
    flag: '--home-assistant',
    initial: found ?? 'http://homeassistant.local:8123',
  })
  const seen = await findHomeAssistant(context.signal, [url]).catch(reasonOf)
  context.terminal.err(
    seen === url
      ? `${context.paint.good('✓')} Home Assistant answers at ${url}`
      : `${context.paint.warn('?')} Home Assistant does not answer at ${url} now; \`gatehouse plan\` looks again`,
  )
  return url
}

const countriesIn = (text: string): string[] | undefined => {
  const codes = text
    .split(',')
    .map((each) => each.trim().toUpperCase())
    .filter((each) => each !== '')
  return codes.length > 0 && codes.every((code) => /^[A-Z]{2}$/.test(code)) ? codes : undefined
}

const schemaFrom = (folder: string): string =>
  relative(folder, fileURLToPath(new URL('../../docs/gatehouse.schema.json', import.meta.url)))
