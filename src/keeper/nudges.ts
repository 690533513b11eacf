import type { Fire, TriggerSource } from './trigger.ts'

/** Calls `act` whenever somebody asks for it, until it is disposed of. */
export type OnNudge = (act: () => void) => Disposable

/** A person, or the service manager, asks for everything to be looked at; also before anybody listens. */
export function nudges(onNudge: OnNudge): Disposable & { readonly source: TriggerSource } {
  let early = false
  let fire: Fire = () => {
    early = true
  }
  const nudge = () => fire({ look: 'all', because: 'somebody asked' })
  const listening = onNudge(nudge)
  return {
    source: async (given, signal) => {
      fire = given
      if (early) nudge()
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    },
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  }
}
