import { setTimeout as sleep } from 'node:timers/promises'

import { z } from 'zod'

import { perform, type Deeds } from '../../network/actor.ts'
import { addresses } from '../../network/addresses.ts'
import { converse, type Reply } from '../../simulators/home-assistant/wire.ts'
import { installation } from '../installation.ts'
import { startRealHomeAssistant } from '../start.ts'

// The real Home Assistant, in its namespace; which one is its setup.

const setup = z.enum(['newest', '2026.8', '2026.2'])

const house = async (name: z.output<typeof setup>) => {
  const found = await installation(name)
  if ('missing' in found) throw new Error(found.missing)
  const home = await startRealHomeAssistant(found, {
    host: addresses.homeAssistant.ipv4,
    port: 8123,
  })

  const say = async (command: { type: string; [key: string]: unknown }): Promise<Reply> => {
    const talk = await converse(home.url, home.token)
    try {
      return await talk.command(command)
    } finally {
      talk.close()
    }
  }

  return {
    version: () => home.version,
    token: () => home.token,
    folder: () => home.folder,
    log: () => home.log(),
    starts: () => home.starts(),
    say,
    /** A restart as its owner would ask for one; until an administrator is let in again. Milliseconds. */
    async restart(): Promise<number> {
      const starts = home.starts()
      const begun = performance.now()
      await say({ type: 'call_service', domain: 'homeassistant', service: 'restart' }).catch(
        () => undefined,
      )
      const inTime = (): boolean => performance.now() - begun < atMostMs
      while (home.starts() === starts && inTime()) await sleep(20)
      while (!(await isRunning()) && inTime()) await sleep(50)
      if (!inTime()) throw new Error(`Home Assistant did not restart in time: ${home.log()}`)
      return performance.now() - begun
    },
    close: () => home.close(),
  } satisfies Deeds

  async function isRunning(): Promise<boolean> {
    const config = await say({ type: 'get_config' }).catch(() => undefined)
    return config !== undefined && JSON.stringify(config).includes('"RUNNING"')
  }
}

/** A start on a machine that is busy with others. */
const atMostMs = 300_000

export type RealHouse = Awaited<ReturnType<typeof house>>

if (process.send) await perform((given) => house(setup.parse(JSON.parse(given))))
