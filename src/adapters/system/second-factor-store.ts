import { z } from 'zod'

import type { DataFolder } from '../../core/data-folder.ts'
import type { SecondFactorRecord } from '../../core/second-factor.ts'
import { jsonOf } from '../../core/json.ts'
import { readIfThere, writeAtomic } from './files.ts'

const stored = z.object({
  users: z.record(
    z.string(),
    z.object({ name: z.string(), secondFactor: z.boolean(), at: z.coerce.date() }),
  ),
})

/**
 * What Home Assistant told each user about themself: the user's id and name, yes or no, when. Nothing else is kept, and
 * nothing here opens anything. A damaged file counts as "nothing known".
 */
export function secondFactorStore(folder: DataFolder) {
  const read = async (): Promise<ReadonlyMap<string, SecondFactorRecord>> => {
    const parsed = stored.safeParse(jsonOf(await readIfThere(folder.secondFactor)))
    return new Map(
      Object.entries(parsed.data?.users ?? {}).map(([id, { name, secondFactor, at }]) => [
        id,
        { name, hasSecondFactor: secondFactor, at },
      ]),
    )
  }
  // Two people may sign in at once: one is written after the other.
  let writing = Promise.resolve()
  return {
    read,
    keep(id: string, record: SecondFactorRecord): Promise<void> {
      const mine = writing.then(async () => write(new Map([...(await read()), [id, record]])))
      writing = mine.catch(() => undefined)
      return mine
    },
  }

  function write(records: ReadonlyMap<string, SecondFactorRecord>): Promise<void> {
    const users = Object.fromEntries(
      [...records].map(([id, { name, hasSecondFactor, at }]) => [
        id,
        { name, secondFactor: hasSecondFactor, at: at.toISOString() },
      ]),
    )
    return writeAtomic(folder.secondFactor, `${JSON.stringify({ users }, null, 2)}\n`)
  }
}
