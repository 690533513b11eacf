import type { Home } from '../compose/home.ts'
import type { Settings } from '../config/settings.ts'
import { minutes } from '../core/duration.ts'
import { known, unknown } from '../core/fact.ts'
import { Problem, reasonOf } from '../core/problem.ts'
import type { Bell } from '../keeper/bell.ts'
import type { Board } from '../keeper/board.ts'
import { lookAtPeople } from '../keeper/people-status.ts'
import type { Panel, Planned } from './panel.ts'

type Parts = {
  readonly settings: Settings
  readonly home: Home
  readonly board: Board
  readonly bell: Bell
}

/** The panel of the home that this process keeps. */
export function homePanel({ settings, home, board, bell }: Parts): Panel {
  const [main = ''] = settings.names
  let proving: Promise<void> | undefined

  return {
    names: settings.names,
    homeAssistant: {
      atHome: settings.homeAssistant.url,
      outside: `https://${main}${settings.publicPort === 443 ? '' : `:${settings.publicPort}`}`,
    },
    status: () => board.read(),
    isProving: () => proving !== undefined,
    look: () => bell.ring({ look: 'all', because: 'somebody asked on the page' }),
    prove() {
      proving ??= nextProofs({ board, bell }).finally(() => (proving = undefined))
      return proving
    },
    plan: (signal) => Promise.all(home.guards.map((guard) => planned(guard, signal))),
    people: (signal) => home.people.list(signal),
    async signIn(grant, signal) {
      const user = await home.people.signIn(grant, signal)
      await lookAtPeople(home.people, board, signal)
      return user
    },
  }
}

/** A run is given up by the keeper before that. */
const provenWithin = minutes(5)

/** Asks the keeper for proofs, and waits until it has made some. Throws Problem `page/no-proofs`. */
function nextProofs({ board, bell }: Pick<Parts, 'board' | 'bell'>): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (end: () => void): void => {
      clearTimeout(timer)
      listening[Symbol.dispose]()
      end()
    }
    const listening = board.subscribe(({ is }) => {
      if (is === 'proven') finish(resolve)
    })
    const late = new Problem('page/no-proofs', 'no proofs were made', {
      hint: 'look at the log of `gatehouse run`',
    })
    const timer = setTimeout(() => finish(() => reject(late)), provenWithin)
    timer.unref()
    bell.ring({ look: ['proofs'], because: 'somebody asked on the page' })
  })
}

/** One safeguard that cannot look does not hide what the others would do. */
async function planned(guard: Home['guards'][number], signal: AbortSignal): Promise<Planned> {
  try {
    return { name: guard.name, plan: known(await guard.plan(signal)) }
  } catch (error) {
    signal.throwIfAborted()
    return { name: guard.name, plan: unknown(reasonOf(error)) }
  }
}
