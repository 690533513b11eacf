import { userOfCode, type CurrentUser, type Grant } from '../adapters/home-assistant/sign-in.ts'
import { listUsers } from '../adapters/home-assistant/users.ts'
import { secondFactorStore } from '../adapters/system/second-factor-store.ts'
import type { Settings } from '../config/settings.ts'
import type { DataFolder } from '../core/data-folder.ts'
import { known, unknown, type Fact } from '../core/fact.ts'
import type { Finding } from '../core/finding.ts'
import { reasonOf } from '../core/problem.ts'
import { peopleOf, secondFactorFindings, type Person } from '../core/second-factor.ts'
import type { Subject } from '../verification/types.ts'
import type { Effects } from './effects.ts'
import { accessOf, homeAssistantOf } from './home-assistant-port.ts'
import { onceEvery } from './memo.ts'

export type People = {
  /** The users and what is known of their second factors; the users as of a minute ago at most. */
  list(signal: AbortSignal): Promise<Fact<readonly Person[]>>
  /** Whom Home Assistant gave this code; what it says of their second factor is kept. */
  signIn(grant: Grant, signal: AbortSignal): Promise<CurrentUser>
}

const usersAreFreshFor = 60_000

export function composePeople(settings: Settings, folder: DataFolder, { now }: Effects): People {
  const store = secondFactorStore(folder)
  const home = homeAssistantOf(settings, folder)
  const users = onceEvery(usersAreFreshFor, now, async () => {
    // Shared by whoever asks meanwhile, so not ended by the first who goes.
    await using open = await home.session(AbortSignal.timeout(usersAreFreshFor))
    return await listUsers(open)
  })

  return {
    async list(signal) {
      try {
        return known(peopleOf(await users(signal), await store.read(), now()))
      } catch (error) {
        signal.throwIfAborted()
        return unknown(reasonOf(error))
      }
    },
    async signIn(grant, signal) {
      const user = await userOfCode(accessOf(settings, folder), grant, signal)
      await store.keep(user.id, {
        name: user.name,
        hasSecondFactor: user.hasSecondFactor,
        at: now(),
      })
      return user
    },
  }
}

/** Who may come in from outside and is not known to have a second factor. */
export async function findingsOnPeople(
  people: People,
  signal: AbortSignal,
): Promise<Fact<readonly Finding[]>> {
  const found = await people.list(signal)
  return found.is === 'known' ? known(secondFactorFindings(found.value)) : found
}

/** What the safeguards found, with the people beside what was seen of Home Assistant. */
export const withPeople = async (
  looked: Looked,
  people: People,
  signal: AbortSignal,
): Promise<Looked> =>
  Promise.all(
    looked.map(async ({ name, findings }) => {
      if (name !== 'home-assistant' || findings.is !== 'known') return { name, findings }
      const found = await findingsOnPeople(people, signal)
      return found.is === 'known'
        ? { name, findings: known([...findings.value, ...found.value]) }
        : { name, findings }
    }),
  )

type Looked = Awaited<ReturnType<Subject['findings']>>
