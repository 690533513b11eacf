import { test } from 'node:test'

import { installation, type Installation, type InstallationName } from './installation.ts'

/** `every`: those too that are not worth everybody's time; or the only one to run. */
const wanted = process.env['LAB_HOME_ASSISTANT']

/** The first of the store world: between the newest and it, little is different. */
const rarely = new Set<InstallationName>(['2026.8'])

const isWanted = (name: InstallationName): boolean =>
  wanted === undefined ? !rarely.has(name) : wanted === 'every' || wanted === name

/** Defines tests for each of these versions; one that cannot be had here is skipped in sight. */
export async function onHomeAssistant(
  names: readonly InstallationName[],
  define: (found: Installation) => void,
): Promise<void> {
  const all = new Map<InstallationName, Awaited<ReturnType<typeof installation>>>()
  for (const name of names.filter(isWanted)) all.set(name, await installation(name))
  // At once: what is defined begins at the next await, and may not find the rest of its file.
  for (const [name, found] of all) {
    if ('missing' in found) test(`Home Assistant ${name}`, { skip: found.missing }, () => undefined)
    else define(found)
  }
}
