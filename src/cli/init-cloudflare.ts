import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'

import { lookUpZone, zonesOf } from '../compose/discover.ts'
import { nameOf } from '../core/name.ts'
import { Problem, reasonOf } from '../core/problem.ts'
import { Secret } from '../core/secret.ts'
import { isBeyondUniversalSsl, zoneTrouble } from '../core/zone.ts'
import { askSecret, askText, isThere } from './ask.ts'
import type { Context } from './context.ts'

export type CloudflareAnswers = {
  /** The public name of the house. */
  readonly host: string
  readonly tokenFile: string
  /** Where it was typed or found: to be written into that file. */
  readonly toWrite: Secret | undefined
}

/** The token and the name, in this order: with the token the domains can be found, and need not be asked for. */
export async function askCloudflare(
  context: Context,
  options: { readonly name?: string; readonly tokenFile?: string },
  folder: string,
): Promise<CloudflareAnswers> {
  const { token, tokenFile, toWrite } = await tokenOf(context, options.tokenFile, folder)
  const host = await hostOf(context, options.name, token)
  if (token) await lookAtZone(context, token, host)
  return { host, tokenFile, toWrite }
}

type Token = Pick<CloudflareAnswers, 'tokenFile' | 'toWrite'> & {
  readonly token: Secret | undefined
}

/** From the file that was named, from the environment, or typed. */
async function tokenOf(context: Context, file: string | undefined, folder: string): Promise<Token> {
  const { terminal, paint, environment } = context
  if (file !== undefined) {
    const text = await readFile(resolve(folder, file), 'utf8').catch(() => undefined)
    if (text === undefined)
      terminal.err(`${paint.warn('?')} ${file} is not there yet: put the token into it`)
    const token = text === undefined ? undefined : secretOf(text)
    return { token, tokenFile: file, toWrite: undefined }
  }
  const found = environment['GATEHOUSE_CLOUDFLARE_TOKEN'] ?? environment['CLOUDFLARE_API_TOKEN']
  const token = secretOf(
    found ??
      (await askSecret(context, {
        message: 'The token for Cloudflare (`gatehouse token url` opens the page that makes one)',
        flag: '--token-file',
        check: (given) => (given.trim() === '' ? 'paste it here' : undefined),
      })),
  )
  return { token, tokenFile: 'cloudflare.token', toWrite: token }
}

const secretOf = (text: string): Secret => new Secret('Cloudflare token', text.trim())

async function hostOf(
  context: Context,
  given: string | undefined,
  token: Secret | undefined,
): Promise<string> {
  const zones = given === undefined && isThere(context) ? await zonesSeen(context, token) : []
  const [zone] = zones
  const offered = given ?? (zone === undefined ? undefined : `ha.${zone}`)
  const name = given
    ? given
    : await askText(context, {
        message: `The public name of the house${zones.length > 0 ? ` (the token sees ${zones.join(', ')})` : ''}`,
        flag: '--name',
        ...(offered === undefined ? {} : { initial: offered }),
        check: (text) => (nameOf(text) === undefined ? 'a name like ha.example.com' : undefined),
      })
  const host = nameOf(name)
  if (host !== undefined) return host
  throw new Problem('usage/name', `${JSON.stringify(name)} is not a host name`, {
    hint: 'give one like ha.example.com',
    usage: true,
  })
}

async function zonesSeen(context: Context, token: Secret | undefined): Promise<readonly string[]> {
  if (!token) return []
  context.terminal.progress('looking for your domains …')
  const zones = await zonesOf(token, context)
  context.terminal.progressEnds()
  return zones
}

/** A refused token or a missing zone is the owner's to mend first; a bad connection is not. */
async function lookAtZone(context: Context, token: Secret, host: string): Promise<void> {
  const { terminal, paint } = context
  terminal.progress('looking for the zone …')
  try {
    const zone = await lookUpZone(token, host, context)
    terminal.progressEnds()
    const trouble = zoneTrouble(zone)
    terminal.err(
      trouble
        ? `${paint.warn('!')} ${trouble.says}: ${trouble.hint}`
        : `${paint.good('✓')} the zone ${zone.name} is active`,
    )
    if (isBeyondUniversalSsl(host, zone))
      terminal.err(
        `${paint.warn('!')} the edge has no certificate for ${host} unless you bought one: a name like ${host.split('.')[0] ?? 'ha'}.${zone.name} has`,
      )
  } catch (error) {
    terminal.progressEnds()
    if (!(error instanceof Problem) || !passing.has(error.code)) throw error
    terminal.err(
      `${paint.warn('?')} Cloudflare could not be asked (${reasonOf(error)}); \`gatehouse token check\` looks again`,
    )
  }
}

const passing: ReadonlySet<string> = new Set(['cloudflare/no-answer', 'cloudflare/rate-limited'])
