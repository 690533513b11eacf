import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

import type { DataFolder } from '../../core/data-folder.ts'
import { jsonOf } from '../../core/json.ts'
import { readIfThere, writeAtomic } from './files.ts'

const moment = z.object({
  id: z.string(),
  start: z.iso.datetime(),
  end: z.iso.datetime(),
  moment: z.iso.datetime(),
})

/** The moment that was drawn for the renewal of one certificate, and from which window. */
export type DrawnMoment = {
  /** The CertID (RFC 9773 section 4.1). */
  readonly id: string
  readonly start: Date
  readonly end: Date
  readonly moment: Date
}

const order = z.object({
  url: z.string(),
  keyPem: z.string(),
  names: z.array(z.string()),
  profile: z.string().optional(),
  at: z.iso.datetime(),
})

type PendingOrder = {
  readonly url: string
  readonly keyPem: string
  readonly names: readonly string[]
  readonly profile: string | undefined
  readonly at: Date
}

const attempts = z.array(z.iso.datetime())
/** More say nothing new. */
const attemptsKept = 20

/**
 * What must be remembered between now and the next certificate. Each file is only written when it changes,
 * and one that is damaged is as good as none.
 */
export function renewalStore(folder: DataFolder) {
  const at = (name: string) => join(folder.certificate.folder, name)
  const forget = (name: string) => rm(at(name), { force: true })
  const load = async <T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    const text = await readIfThere(at(name))
    const parsed = text === undefined ? undefined : schema.safeParse(jsonOf(text))
    return parsed?.data
  }
  const save = (name: string, value: unknown) => writeAtomic(at(name), `${JSON.stringify(value)}\n`)
  const failed = async (): Promise<readonly Date[]> =>
    ((await load('attempts.json', attempts)) ?? []).map((each) => new Date(each))
  const keepFailed = (all: readonly Date[]) =>
    all.length === 0 ? forget('attempts.json') : save('attempts.json', all.slice(-attemptsKept))

  return {
    drawn: {
      async load(): Promise<DrawnMoment | undefined> {
        const found = await load('renewal.json', moment)
        return (
          found && {
            id: found.id,
            start: new Date(found.start),
            end: new Date(found.end),
            moment: new Date(found.moment),
          }
        )
      },
      save: (drawn: DrawnMoment) => save('renewal.json', drawn),
    },

    /** The order under way. */
    order: {
      async load(): Promise<PendingOrder | undefined> {
        const found = await load('order.json', order)
        return found && { ...found, profile: found.profile, at: new Date(found.at) }
      },
      save: (pending: PendingOrder) => save('order.json', pending),
      forget: () => forget('order.json'),
    },

    /** Attempts since the last certificate that failed in a way that the authority counts, or were cut off; oldest first. */
    attempts: {
      load: failed,
      /** Before it begins, so that one that is killed counts. */
      begin: async (now: Date) => keepFailed([...(await failed()), now]),
      /** It cost nothing: the authority never heard of it. */
      takeBack: async (begun: Date) =>
        keepFailed((await failed()).filter((each) => each.getTime() !== begun.getTime())),
      forget: () => forget('attempts.json'),
    },
  }
}
