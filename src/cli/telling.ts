import { heartbeat } from '../adapters/notify/heartbeat.ts'
import { serviceManager } from '../adapters/system/service-manager.ts'
import { startDevice, type Device } from '../adapters/mqtt/device.ts'
import type { ButtonKey } from '../adapters/mqtt/discovery.ts'
import type { Home } from '../compose/home.ts'
import { composeNotifiers } from '../compose/notifiers.ts'
import type { Environment } from '../config/environment.ts'
import type { Settings } from '../config/settings.ts'
import { liveness } from '../keeper/alive.ts'
import { beat } from '../keeper/beat.ts'
import type { Bell } from '../keeper/bell.ts'
import type { Board } from '../keeper/board.ts'
import { showEntities } from '../keeper/entities.ts'
import { reportService } from '../keeper/service.ts'
import { tellPeople } from '../keeper/tell-people.ts'
import type { Trigger } from '../keeper/trigger.ts'
import { finding } from '../core/finding.ts'
import { reasonOf } from '../core/problem.ts'
import { version } from './version.ts'

export type Telling = {
  readonly settings: Settings
  readonly home: Home
  readonly board: Board
  readonly ring: Bell['ring']
  readonly now: () => Date
  readonly random: () => number
  readonly environment: Environment
  readonly problem: (error: unknown) => void
}

/** Everybody who is told of what the keeper finds, until it is disposed of. */
export function startTelling(parts: Telling): AsyncDisposable {
  const { settings, home, board, now, random, problem } = parts
  const stopping = new AbortController()
  const { signal } = stopping
  const { from, heartbeat: beats } = settings.telling
  const alive = liveness(board, now, () => performance.now())
  const people = tellPeople(
    {
      board,
      history: home.history,
      notifiers: composeNotifiers(settings),
      home: settings.names[0] ?? '',
      from,
      now,
      random,
    },
    signal,
  )
  const beating =
    beats &&
    beat({ heartbeat: heartbeat(beats.url, beats.style), every: beats.every, board, alive }, signal)
  const manager = serviceManager(parts.environment)
  const reporting = manager && reportService({ manager, board, alive, problem }, signal)
  const device = deviceOf(parts)
  const showing = device?.then((each) => showEntities(each, board, now, signal))
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await Promise.all([people, beating, showing, reporting])
      await (await device)?.[Symbol.asyncDispose]()
    },
  }
}

const pressed: Readonly<Record<ButtonKey, Trigger>> = {
  look: { look: 'all', because: 'a button was pressed in Home Assistant' },
  prove: { look: ['proofs'], because: 'a button was pressed in Home Assistant' },
}

function deviceOf({ settings, board, ring }: Telling): Promise<Device> | undefined {
  const { mqtt } = settings.telling
  return (
    mqtt &&
    startDevice({
      ...mqtt,
      home: settings.names[0] ?? '',
      version,
      pressed: (button) => ring(pressed[button]),
      trouble: (why) =>
        board.sees(
          'mqtt',
          why === undefined
            ? []
            : [
                finding(
                  'notify/failing',
                  `the MQTT broker at ${new URL(mqtt.url).host} is not reached: ${reasonOf(why)}`,
                  'check mqtt.url, its user and its password',
                ),
              ],
        ),
    })
  )
}
