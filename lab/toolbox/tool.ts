import { join } from 'node:path'

import { installedVersion, installHere } from './apt.ts'
import { catalogue, type Entry, type ToolName } from './catalogue.ts'
import { debianRoot } from './debian-root.ts'
import { legoProgram } from './lego.ts'

/** `command` is spawned with the arguments behind it; paths below the checkout, the cache and /tmp mean the same inside. */
export type Tool = {
  readonly command: readonly [string, ...string[]]
  readonly version: string
  readonly from: Entry['from']
}

/** Why the tool cannot be had on this machine: what a test prints when it skips itself. */
export type NoTool = { readonly missing: string }

const asked = new Map<ToolName, Promise<Tool | NoTool>>()

/**
 * The tool, fetched if need be, or the reason why it is not to be had:
 *
 *     const pebble = await tool('pebble')
 *     test('…', { skip: 'missing' in pebble && pebble.missing }, …)
 */
export async function tool(name: ToolName): Promise<Tool | NoTool> {
  const before = asked.get(name)
  if (before) return await before
  const answer = find(catalogue[name]).catch((error: unknown) => ({
    missing: `${name}: ${error instanceof Error ? error.message : String(error)}`,
  }))
  asked.set(name, answer)
  return await answer
}

async function find(entry: Entry): Promise<Tool> {
  if (entry.from === 'go') {
    return { command: [await legoProgram(entry.version)], version: entry.version, from: 'go' }
  }
  const { from, packages, program, direct } = entry
  const [first = ''] = packages
  if (from === 'here') {
    if (process.platform !== 'linux') throw new Error('it is looked for on Linux only')
    await installHere(packages)
    return { command: [program], version: (await installedVersion(first)) ?? 'unknown', from }
  }
  const root = await debianRoot(from, packages)
  const version = (await installedVersion(first, root.folder)) ?? 'unknown'
  const command = direct ? byLoader(root.folder, program) : root.enter([program])
  return { command: [command[0] ?? program, ...command.slice(1)], version, from }
}

/** The root's own loader and libraries, for a program that needs nothing else of the root. */
function byLoader(folder: string, program: string): readonly string[] {
  const loaders: Readonly<Record<string, readonly [string, string]>> = {
    x64: ['lib64/ld-linux-x86-64.so.2', 'x86_64-linux-gnu'],
    arm64: ['lib/ld-linux-aarch64.so.1', 'aarch64-linux-gnu'],
  }
  const [loader, triplet] = loaders[process.arch] ?? []
  if (!loader || !triplet) throw new Error(`no loader is known for ${process.arch}`)
  return [
    join(folder, loader),
    '--library-path',
    join(folder, 'usr/lib', triplet),
    join(folder, program),
  ]
}
