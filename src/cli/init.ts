import { access, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'

import { writeAtomic } from '../adapters/system/files.ts'
import { routerKinds, type RouterKind } from '../config/settings.ts'
import { writeConfiguration, type Answers } from '../config/write.ts'
import {
  countryHere,
  discoverHome,
  findHomeAssistant,
  tryHomeAssistantToken,
} from '../compose/discover.ts'
import { Problem, reasonOf } from '../core/problem.ts'
import { Secret } from '../core/secret.ts'
import { askChoice, askSecret, askText, isThere, missing } from './ask.ts'
import { exit, type Context, type ExitCode } from './context.ts'
import { askCloudflare } from './init-cloudflare.ts'
import { packageRoot } from './package-root.ts'

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
  const { terminal, paint, json } = context
  await refuseToOverwrite(options)
  refuseWithoutAnswers(context, options)
  const folder = dirname(resolve(options.config))
  const found = discoverHome()

  const { host, tokenFile, toWrite } = await askCloudflare(context, options, folder)
  const url = await homeAssistantUrl(context, options)
  const houseToken = await homeAssistantToken(context, options, url, folder)
  const tls =
    options.tls ??
    (await askChoice<Answers['tls']>(
      context,
      { message: 'Where should TLS end?', flag: '--tls', initial: 'gateway' },
      tlsChoices,
    ))
  const certificateFolder =
    tls === 'home-assistant'
      ? (options.certificateFolder ??
        (await askText(context, {
          message: 'The folder where Home Assistant reads certificates, as this machine sees it',
          flag: '--certificate-folder',
        })))
      : undefined
  const router =
    options.router ??
    (await askChoice<RouterKind>(
      context,
      { message: 'What router do you have?', flag: '--router', initial: 'other' },
      routerKinds.map((value) => ({ value, label: routerNames[value] })),
    ))
  const countries = countriesIn(options.countries ?? (await askCountries(context)))

  const answers: Answers = {
    names: [host],
    publicPort: Number(options.publicPort ?? 443),
    tls,
    tokenFile,
    homeAssistantUrl: url,
    homeAssistantTokenFile: houseToken.file,
    certificateFolder,
    local: found.localRanges,
    router,
    forwardTo: found.lanAddress,
    countries,
    vantageUrl: options.vantage,
  }
  const wrote = [options.config]
  const keep = async (file: string, secret: Secret | undefined): Promise<void> => {
    if (!secret) return
    await writeAtomic(resolve(folder, file), `${secret.reveal()}\n`)
    wrote.push(file)
  }
  await keep(tokenFile, toWrite)
  await keep(houseToken.file ?? '', houseToken.toWrite)
  await writeAtomic(resolve(options.config), writeConfiguration(answers, schemaFrom(folder)), 0o644)
  if (json) terminal.out(JSON.stringify({ wrote, name: host }, null, 2))
  else {
    terminal.out(`${paint.good('wrote')} ${wrote.join(', ')}`)
    terminal.out('next: `gatehouse token check`, then `gatehouse plan`: it changes nothing')
  }
  return exit.ok
}

/** All that nobody is there to be asked for, at once. */
function refuseWithoutAnswers(context: Context, options: InitOptions): void {
  if (isThere(context)) return
  const { environment } = context
  const token =
    options.tokenFile ??
    environment['GATEHOUSE_CLOUDFLARE_TOKEN'] ??
    environment['CLOUDFLARE_API_TOKEN']
  const flags = [
    ...(options.name === undefined ? ['--name'] : []),
    ...(token === undefined ? ['--token-file'] : []),
    ...(options.tls === 'home-assistant' && options.certificateFolder === undefined
      ? ['--certificate-folder']
      : []),
  ]
  if (flags.length > 0) missing(flags)
}

const routerNames: Readonly<Record<RouterKind, string>> = {
  opnsense: 'OPNsense',
  pfsense: 'pfSense',
  openwrt: 'OpenWrt',
  unifi: 'UniFi',
  mikrotik: 'MikroTik RouterOS',
  fritzbox: 'FRITZ!Box',
  asus: 'ASUS',
  nftables: 'Linux with nftables',
  other: 'another one',
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

/** Without one everything works but Home Assistant's own settings, which `plan` then tells to enter by hand. */
async function homeAssistantToken(
  context: Context,
  options: InitOptions,
  url: string,
  folder: string,
): Promise<{ readonly file: string | undefined; readonly toWrite: Secret | undefined }> {
  const { terminal, paint, signal } = context
  const file = options.homeAssistantTokenFile
  const text =
    file === undefined
      ? isThere(context)
        ? await askSecret(context, {
            message:
              'A long-lived access token of an administrator of Home Assistant (your profile, Security; empty: none)',
            flag: '--home-assistant-token-file',
          })
        : ''
      : await readFile(resolve(folder, file), 'utf8').catch(() => '')
  if (text.trim() === '') {
    if (file !== undefined)
      terminal.err(`${paint.warn('?')} ${file} is not there yet: put the access token into it`)
    return { file, toWrite: undefined }
  }
  const token = new Secret('Home Assistant token', text.trim())
  const refusal = await tryHomeAssistantToken(url, token, signal).then(
    () => undefined,
    (error: unknown) => reasonOf(error),
  )
  terminal.err(
    refusal === undefined
      ? `${paint.good('✓')} Home Assistant takes the access token`
      : `${paint.warn('?')} the access token could not be tried (${refusal}); \`gatehouse plan\` looks again`,
  )
  return file === undefined
    ? { file: 'home-assistant.token', toWrite: token }
    : { file, toWrite: undefined }
}

/** Where this machine is can be found, and whether others may come in is for the owner to say. */
async function askCountries(context: Context): Promise<string> {
  if (!isThere(context)) return ''
  const here = await countryHere(context)
  return askText(context, {
    message: `Countries that may come in, like PT,ES (empty: all${here === undefined ? '' : `; you seem to be in ${here}`})`,
    flag: '--countries',
    initial: here ?? '',
    check: (given) =>
      given === '' || countriesIn(given) ? undefined : 'two letters each, with commas',
  })
}

const countriesIn = (text: string): string[] | undefined => {
  const codes = text
    .split(',')
    .map((each) => each.trim().toUpperCase())
    .filter((each) => each !== '')
  return codes.length > 0 && codes.every((code) => /^[A-Z]{2}$/.test(code)) ? codes : undefined
}

const schemaFrom = (folder: string): string =>
  relative(folder, join(packageRoot, 'docs/gatehouse.schema.json'))
