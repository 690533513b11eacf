import type { Fire, Trigger, TriggerSource } from './trigger.ts'

/** Calls `act` whenever somebody asks from outside the process (SIGHUP), until it is disposed of. */
export type OnNudge = (act: () => void) => Disposable

/** A source that fires when somebody asks for it: a person at the page, a button elsewhere. */
export type Bell = {
  readonly source: TriggerSource
  /** Asked for before the keeper listens, it is fired when it does. */
  readonly ring: (trigger: Trigger) => void
}

export function newBell(): Bell {
  const early: Trigger[] = []
  let fire: Fire = (trigger) => void early.push(trigger)
  return {
    ring: (trigger) => fire(trigger),
    source(listen, signal) {
      fire = listen
      for (const trigger of early.splice(0)) listen(trigger)
      return new Promise((resolve) => {
        if (signal.aborted) resolve()
        signal.addEventListener('abort', () => resolve())
      })
    },
  }
}
