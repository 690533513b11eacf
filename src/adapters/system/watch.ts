import { mkdirSync, watch, type FSWatcher } from 'node:fs'

import { milliseconds, type Duration } from '../../core/duration.ts'

/**
 * A replaced pair of files comes as several events, well within this; they are one change. Short, because a new
 * certificate waits for it: nobody reads a half of a pair meanwhile, since pairs are switched whole.
 */
const quietFor: Duration = milliseconds(2)

/**
 * Calls `changed` after something in one of the folders changed, once for events that belong
 * together. The folders are made when they are not there. An event says "look again", nothing more.
 */
export function watchFolders(folders: readonly string[], changed: () => void): Disposable {
  let timer: NodeJS.Timeout | undefined
  const notice = () => {
    clearTimeout(timer)
    timer = setTimeout(changed, quietFor)
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
