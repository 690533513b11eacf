import { execFile } from 'node:child_process'

import { milliseconds, type Duration } from '../../core/duration.ts'
import { Problem, reasonOf } from '../../core/problem.ts'

/** systemd, as far as it wants to be told (sd_notify(3)). */
export type ServiceManager = {
  /** Within this time it wants to hear that we are alive; `undefined`: it does not watch. */
  readonly watchdog: Duration | undefined
  /** Everything in one message, so that it never sees half of it. Throws Problem `service/not-told`. */
  tell(...states: ServiceState[]): Promise<void>
}

export type ServiceState = 'READY=1' | 'STOPPING=1' | 'WATCHDOG=1' | `STATUS=${string}`

type Environment = Readonly<Record<string, string | undefined>>

/** `undefined` where nobody asked to be told (no NOTIFY_SOCKET): outside systemd, or in a unit without `Type=notify`. */
export function serviceManager(environment: Environment): ServiceManager | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: watchdog, WATCHDOG_PID: watched } = environment
  if (socket === undefined || socket === '') return undefined
  const isOurs = watched === undefined || Number(watched) === process.pid
  const usec = Number(watchdog)
  return {
    watchdog: isOurs && usec > 0 ? milliseconds(usec / 1000) : undefined,
    tell: (...states) => systemdNotify(states, socket),
  }
}

/**
 * By the program that comes with systemd: Node has no datagram sockets of the Unix kind. It needs
 * `NotifyAccess=all` in the unit, since it is a child that speaks, and waits until the message was read.
 */
function systemdNotify(states: readonly ServiceState[], socket: string): Promise<void> {
  const words = states.map((state) => state.replaceAll(/[\r\n]+/gu, ' '))
  return new Promise((done, fail) => {
    execFile(
      'systemd-notify',
      words,
      { env: { NOTIFY_SOCKET: socket, PATH: '/usr/bin:/bin' }, timeout: 10_000 },
      (error) => {
        if (error === null) done()
        else
          fail(
            new Problem('service/not-told', `systemd was not told (${reasonOf(error)})`, {
              hint: 'set NotifyAccess=all in the unit',
            }),
          )
      },
    )
  })
}
