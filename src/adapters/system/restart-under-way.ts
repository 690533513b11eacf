import { unlink } from 'node:fs/promises'
import { z } from 'zod'

import type { DataFolder } from '../../core/data-folder.ts'
import { minutes, since } from '../../core/duration.ts'
import { jsonOf } from '../../core/json.ts'
import { readNowIfThere, writeAtomic } from './files.ts'

const noteFile = z.object({ since: z.coerce.date() })

/** Longer than the longest restart that is waited for: older ones were left behind by a process that was killed. */
const longest = minutes(15)

/**
 * While one process of ours restarts Home Assistant, the gateway of another can say so. A note that could not be
 * written keeps no restart from happening.
 */
export const restartUnderWay = (folder: DataFolder, now: () => Date) => ({
  async whileRestarting<T>(work: () => Promise<T>): Promise<T> {
    const note = `${JSON.stringify({ since: now().toISOString() })}\n`
    await writeAtomic(folder.restarting, note).catch(() => undefined)
    try {
      return await work()
    } finally {
      await unlink(folder.restarting).catch(() => undefined)
    }
  },
  isUnderWay(): boolean {
    try {
      const note = noteFile.safeParse(jsonOf(readNowIfThere(folder.restarting))).data
      return note !== undefined && since(note.since, now()) < longest
    } catch {
      return false
    }
  },
})
