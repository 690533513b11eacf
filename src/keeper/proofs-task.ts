import type { Duration } from '../core/duration.ts'
import { seconds } from '../core/duration.ts'
import { reasonOf } from '../core/problem.ts'
import type { Verdict } from '../verification/verdict.ts'
import type { Board } from './board.ts'
import type { Clock } from './clock.ts'
import type { Task } from './schedule.ts'
import type { TriggerSource } from './trigger.ts'

export type Prove = (signal: AbortSignal) => Promise<Verdict>

/** The proofs, made again and again, so that the status says what holds now and not what held once. */
export const proofsTask = (
  prove: Prove,
  board: Board,
  timing: { readonly rhythm: Duration | undefined; readonly deadline: Duration },
  problem: (error: unknown) => void,
): Task => ({
  name: 'proofs',
  ...timing,
  async run(_because, signal) {
    try {
      board.proven(await prove(signal))
      return { well: true }
    } catch (error) {
      if (!signal.aborted) problem(new Error(`the proofs could not be made: ${reasonOf(error)}`))
      return { well: false }
    }
  },
})

/** The edge and the resolvers take a moment to follow; a proof right after a change would break for nothing. */
const settlesWithin = seconds(10)

/** What the board sees asks for more: proofs after a change, and who can be reached after a failure. */
export const afterLooks =
  (board: Board, clock: Clock): TriggerSource =>
  async (fire, signal) => {
    const waiting = new Set<Promise<void>>()
    const proveSoon = async (because: string): Promise<void> => {
      await clock.pause(settlesWithin, signal)
      if (!signal.aborted) fire({ look: ['proofs'], because })
    }
    using _ = board.subscribe((event) => {
      if (event.is !== 'looked') return
      const { name, lastLook, findings } = event.safeguard
      if (lastLook === null) return
      const blind = findings.some(({ unseen }) => unseen === true)
      if (lastLook.outcome === 'failed' || lastLook.outcome === 'differs' || blind)
        fire({ look: ['network'], because: `a look at ${name} failed` })
      if (lastLook.did.length === 0) return
      const proving = proveSoon(`${name} was put back`)
      waiting.add(proving)
      void proving.finally(() => waiting.delete(proving))
    })
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    await Promise.all(waiting)
  }
