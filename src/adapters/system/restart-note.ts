import { z } from 'zod'

import type { DataFolder } from '../../core/data-folder.ts'
import { jsonOf } from '../../core/json.ts'
import { readIfThere, writeAtomic } from './files.ts'

const noteFile = z.object({ fingerprint: z.string() })

/** For which certificate Home Assistant was restarted last: written once for each, so that none costs a second restart. */
export const restartNote = (folder: DataFolder) => ({
  async restartedFor(): Promise<string | undefined> {
    const text = await readIfThere(folder.restarted)
    return text === undefined ? undefined : noteFile.safeParse(jsonOf(text)).data?.fingerprint
  },
  noteRestart: (fingerprint: string): Promise<void> =>
    writeAtomic(folder.restarted, `${JSON.stringify({ fingerprint })}\n`),
})
