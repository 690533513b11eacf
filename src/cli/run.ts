import { addressSource } from './address-source.ts'
import { giveBackMemory } from '../adapters/system/give-back-memory.ts'
import { holdCompilers, releaseCompilers } from '../adapters/system/compilers.ts'
import { reachOutside } from '../compose/reach.ts'
import { newCounters } from '../gateway/counters.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { newBell, type OnNudge } from '../keeper/bell.ts'
import { newBoard } from '../keeper/board.ts'
import { certificateStatus } from '../keeper/certificate-status.ts'
import { systemClock } from '../keeper/clock.ts'
import { keep } from '../keeper/keep.ts'
import { peopleStatus } from '../keeper/people-status.ts'
import { restWell, type Effort } from '../keeper/rest.ts'
import { signInNews } from '../keeper/sign-in-news.ts'
import { homePanel } from '../server/home-panel.ts'
import { exit, type Context, type ExitCode } from './context.ts'
import { startObserving } from './observing.ts'
import { servePage } from './page.ts'
import { sayError } from './say.ts'
import {
  sayEvent,
  sayKept,
  sayPage,
  sayProblem,
  sayRunStarts,
  sayRunStops,
  sayTakenOver,
} from './say-run.ts'
import { serve } from './serve.ts'
import { startTelling } from './telling.ts'

export type RunOptions = {
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
  /** Somebody wants everything looked at now (SIGHUP). */
  readonly onNudge: OnNudge
}

const effort: Effort = {
  rest() {
    holdCompilers()
    giveBackMemory()
  },
  work: releaseCompilers,
}

/** `gatehouse run`: serves the home, looks again at every safeguard in its rhythm, until stopped. */
export async function runCommand(context: Context, options: RunOptions): Promise<ExitCode> {
  const { terminal, paint, signal, now } = context
  const bell = newBell()
  const settings = await context.settings()
  const home = context.home(settings, true)
  const problem = (error: unknown): void => terminal.err(sayProblem(error, paint))
  try {
    await home.ranges.fresh(signal)
    const signIns = signInNews(now)
    await using hosted = await serve(home, settings, context, signIns.tell)
    const { gateway } = hosted
    using _nudged = options.onNudge(() => {
      bell.ring({ look: 'all', because: 'somebody asked' })
      if (gateway) void takeOver(gateway, context)
    })
    const clock = systemClock(now)
    const board = newBoard({
      safeguards: home.guards.map(({ name }) => name),
      now,
      gateway: gateway && (() => gateway.counters()),
    })
    using _ = board.subscribe((event) => {
      const line = sayEvent(event, paint)
      if (line !== undefined) terminal.err(line)
    })
    terminal.err(sayRunStarts(settings, hosted.started, paint))
    await using page = await servePage(
      settings,
      homePanel({ settings, home, board, bell }),
      context,
    )
    if (page) terminal.err(sayPage(page.url, paint))
    const parts = { settings, home, board, ring: bell.ring, now, problem }
    await using _observing = await startObserving({ ...parts, gateway })
    await using _telling = startTelling({
      ...parts,
      random: options.random,
      environment: context.environment,
    })
    const resting = restWell(gateway ? () => gateway.counters() : newCounters, effort, signal)
    await keep(
      {
        guards: home.guards,
        journal: home.journal,
        board,
        clock,
        random: options.random,
        ways: settings.keep,
        ranges: home.ranges,
        prove: (s) => home.verify(() => undefined, s),
        reach: (s) => reachOutside(settings, s),
        sources: [
          bell.source,
          certificateStatus(home.folder, board),
          peopleStatus(home.people, board),
          signIns.source(board, clock),
          addressSource(home, board, options.random, context),
        ],
        tell(kept) {
          const line = sayKept(kept, now(), paint)
          if (line !== undefined) terminal.err(line)
        },
        problem,
      },
      signal,
    )
    await resting
    terminal.err(sayRunStops(paint))
  } finally {
    home.close()
  }
  return exit.ok
}

/**
 * What of the configuration counts at once, without a connection lost: the limits of the gateway and whom it takes for
 * local. The rest says what the home is, and counts from the next start.
 */
async function takeOver(gateway: Gateway, { settings, terminal, paint }: Context): Promise<void> {
  try {
    const { limits, local } = (await settings()).gateway
    gateway.update({ limits, localRanges: local })
    terminal.err(sayTakenOver(paint))
  } catch (error) {
    terminal.err(sayError(error, paint))
  }
}
