import { mkdirSync, watch, type FSWatcher } from 'node:fs'

import { milliseconds, type Duration } from '../../core/duration.ts'

/** A replaced pair of files comes as several events, well within this. */
const apart: Duration = milliseconds(2)

/**
 * Calls `changed` when something in one of the folders changed: at once, because a new certificate waits for it, and once
 * more after events that followed closely. Nobody reads a half of a pair meanwhile, since pairs are switched whole. The folders
 * are made when they are not there. An event says "look again", nothing more.
 */
export function watchFolders(folders: readonly string[], changed: () => void): Disposable {
  let timer: NodeJS.Timeout | undefined
  let again = false
  const notice = (): void => {
    if (timer) {
      again = true
      return
    }
    again = false
    timer = setTimeout(() => {
      timer = undefined
      if (again) notice()
    }, apart)
    changed()
  }
  const watchers: FSWatcher[] = folders.map((folder) => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return watch(folder, notice)
  })
  return {
    [Symbol.dispose]() {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
    },
  }
}
