import type { Ranges } from '../compose/ranges.ts'
import { hours, type Duration } from '../core/duration.ts'
import type { Board } from './board.ts'
import type { Task } from './schedule.ts'

/** What is gone from the list leaves when a look confirms it; that look should not wait for a day. */
const confirmAfter = hours(1)

/** The edge's ranges, day by day. Whoever lets them in follows the file. */
export const rangesTask = (
  ranges: Ranges,
  board: Board,
  timing: { readonly rhythm: Duration | undefined; readonly deadline: Duration },
): Task => ({
  name: 'ranges',
  ...timing,
  async run(_because, signal) {
    try {
      const { well, leaving, findings } = await ranges.refresh(signal)
      board.sees('ranges', findings)
      return { well, ...(leaving ? { pause: confirmAfter } : {}) }
    } catch {
      // Stopped, or the disk: then the ranges in force stay, and the safeguards say what is wrong with it.
      return { well: false }
    }
  },
})
