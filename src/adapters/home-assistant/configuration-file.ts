import { randomBytes } from 'node:crypto'
import { chmod, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'

import { errorCode, Problem, reasonOf } from '../../core/problem.ts'

/** The text files of Home Assistant's configuration folder. Names are relative to it and never lead out of it. */
export function configurationFile(folder: string) {
  const root = resolve(folder)
  const place = (name: string): string => {
    const path = resolve(root, name)
    if (!path.startsWith(`${root}${sep}`))
      throw new Problem('home-assistant/yaml', `${name} leads out of the configuration folder`)
    return path
  }
  return {
    /** `undefined`: there is no such file. */
    async read(name: string): Promise<string | undefined> {
      try {
        return await readFile(place(name), 'utf8')
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return undefined
        throw notUsable(name, error)
      }
    },

    /** The YAML files below a folder, at any depth. */
    async list(name: string): Promise<readonly string[]> {
      const found = await readdir(place(name), { recursive: true }).catch(() => [])
      return found
        .filter((each) => each.endsWith('.yaml'))
        .map((each) => join(name, each))
        .toSorted()
    },

    /** Replaces a file as a whole, with its owner's mode, so that a reader sees the old one or the new one. */
    async write(name: string, text: string): Promise<void> {
      const path = place(name)
      const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`)
      try {
        const before = await stat(path).catch(() => undefined)
        const file = await open(temporary, 'wx', 0o600)
        try {
          await file.writeFile(text)
          await file.sync()
          if (before) await file.chown(before.uid, before.gid).catch(() => undefined)
        } finally {
          await file.close()
        }
        if (before) await chmod(temporary, before.mode)
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined)
        throw notUsable(name, error)
      }
    },

    async rename(from: string, to: string): Promise<void> {
      await rename(place(from), place(to)).catch((error: unknown) => {
        throw notUsable(from, error)
      })
    },
  }
}

const notUsable = (name: string, error: unknown): Problem =>
  new Problem('home-assistant/yaml', `${name} of Home Assistant: ${reasonOf(error)}`, {
    hint: 'check home_assistant.configuration_folder, and who may write there',
    cause: error,
  })
