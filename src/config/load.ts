import { readFile } from 'node:fs/promises'
import { dirname, resolve as resolvePath } from 'node:path'
import type { z } from 'zod'

import { Problem, reasonOf } from '../core/problem.ts'
import { ConfigurationProblem, describePath, type Complaint, type Path } from './complaint.ts'
import { overlayEnvironment, type Environment } from './environment.ts'
import { readYaml } from './read.ts'
import { resolve } from './resolve.ts'
import { configurationSchema } from './schema.ts'
import type { Settings } from './settings.ts'
import { suggest } from './suggest.ts'

const secretFileKeys = [
  'cloudflare.token_file',
  'cloudflare.setup_token_file',
  'certificate.eab_hmac_file',
  'home_assistant.token_file',
  'vantage.token_file',
  'notify.webhook.url_file',
  'notify.webhook.secret_file',
  'notify.ntfy.topic_file',
  'notify.ntfy.token_file',
  'notify.email.password_file',
  'heartbeat.url_file',
  'mqtt.password_file',
] as const

/**
 * The settings from the file, overridden by the environment.
 *
 * Throws ConfigurationProblem with every complaint at once, each with its path and line, or Problem
 * `configuration/missing` when there is no file.
 */
export async function loadSettings(
  file: string,
  environment: Environment,
  overrides: { readonly data?: string | undefined } = {},
): Promise<Settings> {
  const read = readYaml(await textOf(file))
  if (read.complaints.length > 0) throw new ConfigurationProblem(file, read.complaints)
  return settingsFrom(
    { file, folder: dirname(file), value: read.value, lineOf: (path) => read.lineOf(path) },
    environment,
    overrides,
  )
}

/** A configuration, wherever it was written down. */
export type Written = {
  /** What a person calls it. */
  readonly file: string
  /** What its relative paths start from. */
  readonly folder: string
  readonly value: unknown
  readonly lineOf: (path: Path) => number | undefined
}

/** The same for what is in memory already. Throws ConfigurationProblem. */
export async function settingsFrom(
  { file, folder, value, lineOf }: Written,
  environment: Environment,
  overrides: { readonly data?: string | undefined } = {},
): Promise<Settings> {
  const overlaid = overlayEnvironment(value, environment)
  const parsed = configurationSchema.safeParse(overlaid.value)
  const locate = (path: Path): number | undefined =>
    overlaid.from.has(describePath(path)) ? undefined : lineOf(path)
  if (!parsed.success) {
    const complaints = parsed.error.issues.flatMap((issue) => complaintsOf(issue, locate))
    throw new ConfigurationProblem(file, [...overlaid.complaints, ...complaints])
  }

  const secrets = await readSecretFiles(parsed.data, folder)
  const raw =
    overrides.data === undefined
      ? parsed.data
      : { ...parsed.data, data: resolvePath(overrides.data) }
  const resolved = resolve(raw, resolvePath(folder), secrets.values)
  const complaints = [...overlaid.complaints, ...secrets.complaints, ...resolved.complaints]
  if (complaints.length > 0 || !resolved.settings) {
    const located = complaints.map((each) => ({
      ...each,
      line: each.line ?? locate(pathOf(each.path)),
    }))
    throw new ConfigurationProblem(file, located.toSorted(byLine))
  }
  return resolved.settings
}

/** As a person goes through the file; what it does not contain comes last. */
const byLine = (a: Complaint, b: Complaint): number =>
  (a.line ?? Number.POSITIVE_INFINITY) - (b.line ?? Number.POSITIVE_INFINITY) || 0

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new Problem(
      'configuration/missing',
      `cannot read the configuration ${file} (${reasonOf(cause)})`,
      {
        hint: 'make one with `gatehouse init`, or name it with --config FILE',
        usage: true,
        cause,
      },
    )
  }
}

function complaintsOf(
  issue: z.core.$ZodIssue,
  locate: (path: Path) => number | undefined,
): Complaint[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol')
  if (issue.code !== 'unrecognized_keys') {
    return [{ path: describePath(path), line: locate(path), says: wordingOf(issue) }]
  }
  return issue.keys.map((key) => {
    const meant = suggest(key, keysAt(path))
    return {
      path: describePath([...path, key]),
      line: locate([...path, key]),
      says: `is no setting${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    }
  })
}

/** In our words: without the refused value, which may be a secret. */
function wordingOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    return issue.message.includes('received undefined')
      ? 'is missing'
      : `must be ${articles[issue.expected] ?? issue.expected}`
  }
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`
  return issue.message
}

const articles: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of settings',
}

function keysAt(path: Path): string[] {
  let schema: unknown = configurationSchema
  for (const part of path) schema = innerShape(schema)?.[String(part)]
  return Object.keys(innerShape(schema) ?? {})
}

function innerShape(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined
  if ('shape' in schema && typeof schema.shape === 'object' && schema.shape !== null)
    return { ...schema.shape }
  return 'unwrap' in schema && typeof schema.unwrap === 'function'
    ? innerShape(schema.unwrap())
    : undefined
}

const pathOf = (text: string): Path =>
  text
    .split(/[.[\]]/)
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))

async function readSecretFiles(raw: z.output<typeof configurationSchema>, folder: string) {
  const values = new Map<string, string>()
  const complaints: Complaint[] = []
  const named: Readonly<Record<(typeof secretFileKeys)[number], string | undefined>> = {
    'cloudflare.token_file': raw.cloudflare.token_file,
    'cloudflare.setup_token_file': raw.cloudflare.setup_token_file,
    'certificate.eab_hmac_file': raw.certificate.eab_hmac_file,
    'home_assistant.token_file': raw.home_assistant.token_file,
    'vantage.token_file': raw.vantage?.token_file,
    'notify.webhook.url_file': raw.notify.webhook?.url_file,
    'notify.webhook.secret_file': raw.notify.webhook?.secret_file,
    'notify.ntfy.topic_file': raw.notify.ntfy?.topic_file,
    'notify.ntfy.token_file': raw.notify.ntfy?.token_file,
    'notify.email.password_file': raw.notify.email?.password_file,
    'heartbeat.url_file': raw.heartbeat?.url_file,
    'mqtt.password_file': raw.mqtt?.password_file,
  }
  for (const key of secretFileKeys) {
    const name = named[key]
    if (name === undefined) continue
    const path = resolvePath(folder, name)
    try {
      const content = (await readFile(path, 'utf8')).trim()
      if (content === '') complaints.push({ path: key, says: `${path} is empty` })
      else values.set(key, content)
    } catch (cause) {
      complaints.push({ path: key, says: `cannot read ${path} (${reasonOf(cause)})` })
    }
  }
  return { values, complaints }
}
