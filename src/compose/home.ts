import type { TokenReport } from '../adapters/cloudflare/token-check.ts'
import { openDatabase } from '../adapters/system/database.ts'
import { openHistory } from '../adapters/system/history.ts'
import { openJournal } from '../adapters/system/journal.ts'
import type { Settings } from '../config/settings.ts'
import { dataFolder, type DataFolder } from '../core/data-folder.ts'
import type { Guard } from '../core/guard.ts'
import type { History } from '../core/history.ts'
import type { Journal } from '../core/journal.ts'
import type { Verdict } from '../verification/verdict.ts'
import { verify } from '../verification/verify.ts'
import { addressBook, type AddressBook } from './address/book.ts'
import { certificateNow, type CertificateNow } from './certificate-now.ts'
import { composeCloud, type Cloud } from './cloud.ts'
import type { Effects } from './effects.ts'
import { composeGuards } from './guards.ts'
import { once } from './memo.ts'
import { composePeople, withPeople, type People } from './people.ts'
import { composeRanges, type Ranges } from './ranges.ts'
import { reportToken } from './token.ts'
import { throughEdge } from './through-edge.ts'
import { subjectOf } from './subject.ts'

/** Everything that a command needs of one home. */
export type Home = {
  readonly guards: readonly Guard[]
  readonly journal: Journal
  readonly history: History
  readonly folder: DataFolder
  readonly cloud: Cloud
  readonly ranges: Ranges
  readonly people: People
  readonly addresses: AddressBook
  verify(told: (name: string, left: number) => void, signal: AbortSignal): Promise<Verdict>
  readonly certificate: CertificateNow
  reportToken(signal: AbortSignal): Promise<TokenReport>
  close(): void
}

/** Throws Problem `token/…` where no token could work. Asks nobody yet. */
export function composeHome(settings: Settings, effects: Effects): Home {
  const folder = dataFolder(settings.data)
  const cloud = composeCloud(settings, effects)
  const ranges = composeRanges(cloud, folder, settings.address.allow, effects.now)
  const addresses = addressBook(
    settings,
    (signal) => ranges.fresh(signal),
    () => cloud.client.reconnect(),
    effects,
  )
  const guards = composeGuards(
    settings,
    cloud,
    ranges,
    folder,
    addresses,
    throughEdge(settings, cloud, ranges),
    effects,
  )
  const database = openDatabase(folder.database)
  const people = composePeople(settings, folder, effects)
  return {
    guards,
    journal: openJournal(database),
    history: openHistory(database),
    folder,
    cloud,
    ranges,
    people,
    addresses,
    async verify(told, signal) {
      const subject = await subjectOf(
        settings,
        cloud,
        ranges,
        folder,
        guards,
        addresses,
        effects,
        signal,
      )
      const findings = once(async (s) => withPeople(await subject.findings(s), people, s))
      return verify({ ...subject, findings }, told, signal)
    },
    certificate: certificateNow(settings, cloud, folder, effects),
    reportToken: (signal) => reportToken(settings, cloud, effects, signal),
    close: () => database.close(),
  }
}
