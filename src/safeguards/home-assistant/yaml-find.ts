import { isMap, isPair, isScalar, parseDocument } from 'yaml'

import { Problem } from '../../core/problem.ts'
import type { Yaml, YamlFiles } from './types.ts'

const main = 'configuration.yaml'

/** Beside the file while a change is under way, and for good afterwards. */
export const beforeName = (file: string): string => `${file}.gatehouse-before`
export const backupName = (file: string): string => `${file}.gatehouse-backup`

/**
 * Where `http:` is: in configuration.yaml, in a file that it includes there, or in a package. Where it is nowhere,
 * configuration.yaml. Throws Problem `home-assistant/yaml`.
 */
export async function findHttpBlock(files: YamlFiles): Promise<Yaml | undefined> {
  const text = await files.read(main)
  if (text === undefined) return undefined
  const top = topLevel(text, main)
  if (top.has('http')) {
    const included = includeOf(top.get('http'), '!include')
    return included === undefined
      ? await found(files, main, text, false)
      : await found(files, included, await mustRead(files, included), true)
  }
  const [inPackage, ...more] = await packagesWithHttp(files, top.get('homeassistant'))
  if (more.length > 0)
    throw new Problem('home-assistant/yaml', 'several packages of Home Assistant have `http:`', {
      hint: 'leave it in one of them',
    })
  return inPackage === undefined
    ? await found(files, main, text, false)
    : await found(files, inPackage, await mustRead(files, inPackage), false)
}

async function found(
  files: YamlFiles,
  file: string,
  text: string,
  included: boolean,
): Promise<Yaml> {
  const [before, backup] = await Promise.all([
    files.read(beforeName(file)),
    files.read(backupName(file)),
  ])
  return { file, included, text, before, backup }
}

async function mustRead(files: YamlFiles, file: string): Promise<string> {
  const text = await files.read(file)
  if (text !== undefined) return text
  throw new Problem('home-assistant/yaml', `${main} includes ${file}, which is not there`)
}

async function packagesWithHttp(files: YamlFiles, core: unknown): Promise<string[]> {
  const packages = isMap(core) ? core.get('packages', true) : undefined
  const folder =
    includeOf(packages, '!include_dir_named') ?? includeOf(packages, '!include_dir_merge_named')
  if (folder === undefined) return []
  const having: string[] = []
  for (const file of await files.list(folder))
    if (topLevel((await files.read(file)) ?? '', file).has('http')) having.push(file)
  return having
}

const includeOf = (node: unknown, tag: string): string | undefined =>
  isScalar(node) && node.tag === tag ? String(node.value) : undefined

function topLevel(text: string, file: string): Map<string, unknown> {
  const document = parseDocument(text, { logLevel: 'silent' })
  if (document.errors.length > 0)
    throw new Problem(
      'home-assistant/yaml',
      `${file} of Home Assistant is not YAML (${document.errors[0]?.message.split('\n')[0] ?? ''})`,
    )
  const pairs = isMap(document.contents) ? document.contents.items : []
  return new Map(
    pairs
      .filter((pair) => isPair(pair))
      .map(({ key, value }) => [isScalar(key) ? String(key.value) : '', value]),
  )
}
