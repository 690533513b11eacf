import { stringify } from 'yaml'

import type { RouterKind } from './settings.ts'

/** What `gatehouse init` learned. Everything else keeps its default and stands in the file as a comment. */
export type Answers = {
  readonly names: readonly string[]
  readonly publicPort: number
  readonly tls: 'gateway' | 'home-assistant'
  readonly tokenFile: string
  readonly homeAssistantUrl: string
  readonly homeAssistantTokenFile: string | undefined
  readonly certificateFolder: string | undefined
  readonly local: readonly string[]
  readonly router: RouterKind
  readonly forwardTo: string | undefined
  readonly countries: readonly string[] | undefined
  readonly vantageUrl: string | undefined
}

/**
 * A `gatehouse.yaml` with comments. Reading it back gives the answers (held by a test). `schema` is
 * where editors find the JSON Schema.
 */
export function writeConfiguration(answers: Answers, schema?: string): string {
  const lines = [
    ...(schema === undefined ? [] : [`# yaml-language-server: $schema=${schema}`]),
    '# Every key is explained in docs/reference.md. `gatehouse plan` shows what this file would change.',
    '',
    '# The public names of this home, the main one first.',
    ...entry('names', answers.names),
    ...(answers.publicPort === 443
      ? []
      : ['# The port visitors use.', ...entry('public_port', answers.publicPort)]),
    '',
    '# Where TLS ends: `gateway` (in Gatehouse; Home Assistant stays as it is) or `home-assistant`.',
    ...entry('tls', answers.tls),
    '',
    'cloudflare:',
    '  # A token that may do what is needed and nothing else: `gatehouse token check` says so.',
    ...entry('token_file', answers.tokenFile, 1),
    '',
    'home_assistant:',
    ...entry('url', answers.homeAssistantUrl, 1),
    ...(answers.homeAssistantTokenFile === undefined
      ? [
          '  # A long-lived access token of an administrator lets Gatehouse set the proxy settings itself.',
          '  # token_file: home-assistant.token',
        ]
      : entry('token_file', answers.homeAssistantTokenFile, 1)),
    ...(answers.certificateFolder === undefined
      ? []
      : entry('certificate_folder', answers.certificateFolder, 1)),
    '',
    ...(answers.tls === 'gateway'
      ? [
          'gateway:',
          '  # Clients from these ranges may use the name at home, without the client certificate of the edge.',
          ...entry('local', answers.local, 1),
          '',
        ]
      : []),
    'router:',
    '  # `gatehouse firewall show` prints the rule for this kind of router.',
    ...entry('kind', answers.router, 1),
    ...(answers.forwardTo === undefined ? [] : entry('forward_to', answers.forwardTo, 1)),
    '',
    'edge:',
    '  # Only visitors from these countries come in; without it, from all. Google Assistant, Alexa and',
    '  # webhooks have exceptions (`assistants`, `webhooks`).',
    ...(answers.countries === undefined
      ? ['  # countries: [PT, ES]']
      : entry('countries', answers.countries, 1)),
    '  # Settings that Cloudflare only has for the whole zone: `propose` or `change`.',
    '  zone_settings: propose',
    '',
    '# A place outside the home from which the proofs are made: `gatehouse vantage` on any small server.',
    ...(answers.vantageUrl === undefined
      ? ['# vantage:', '#   url: https://vantage.example.net']
      : ['vantage:', ...entry('url', answers.vantageUrl, 1)]),
  ]
  return `${lines.join('\n')}\n`
}

function entry(key: string, value: unknown, depth = 0): string[] {
  const written = Array.isArray(value) ? `[${value.map(scalar).join(', ')}]` : scalar(value)
  return [`${'  '.repeat(depth)}${key}: ${written}`]
}

/** Without quotes where YAML reads it back the same inside a list too; JSON, which is YAML, otherwise. */
function scalar(value: unknown): string {
  const plain = stringify(value).trim()
  return typeof value !== 'string' || (plain === value && /^[\w./-]+(:[\w./-]+)*$/.test(value))
    ? plain
    : JSON.stringify(value)
}
