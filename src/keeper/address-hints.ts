import { setTimeout as sleep } from 'node:timers/promises'

import { listenToAnnouncements } from '../adapters/port-mapping/announcements.ts'
import { subscribeToEvents } from '../adapters/port-mapping/events.ts'
import type { Router } from '../adapters/port-mapping/router.ts'
import { watchKernel } from '../adapters/system/network-events.ts'
import { minutes, seconds, type Duration } from '../core/duration.ts'
import { errorCode, reasonOf } from '../core/problem.ts'
import type { HintSource } from './address-watch.ts'

/** A router is exchanged seldom; that it is gone is noticed otherwise. */
const lookForAnother: Duration = seconds(30)
/** A router that had no UPnP may have been told to since. */
const lookForUpnp: Duration = minutes(10)

/** Rings when the router announces a change to everybody at home (NAT-PMP and PCP). */
export const announcements = (router: () => Promise<Router | undefined>): HintSource =>
  whileRouter(router, async ({ address }, ring, say, signal) => {
    const listening = await listenToAnnouncements(address, () =>
      ring('the router announced a change'),
    )
    say(
      listening.listens
        ? `listens to announcements of the router ${address} (NAT-PMP and PCP, UDP port 5350)`
        : `cannot listen to announcements of the router (${listening.because ?? 'UDP port 5350'})`,
    )
    await until(signal)
    listening.close()
  })

/** Rings when the router tells its subscribers of a change (UPnP events). */
export const upnpEvents = (router: () => Promise<Router | undefined>): HintSource =>
  whileRouter(router, async (found, ring, say, signal) => {
    let service = await found.service(signal)
    while (!service?.events) {
      await sleep(lookForUpnp, undefined, { signal })
      service = await found.service(signal)
    }
    const { events } = service
    const heard = () => ring('the router sent an event')
    const subscription = await subscribeToEvents(
      found.address,
      { ...service, events },
      heard,
      signal,
    )
    say(`listens to events of the router ${found.address} (UPnP, TCP ${subscription.listens})`)
    await subscription.ended
  })

/** Rings when an address or a route of this machine changes. */
export const kernelEvents = (): HintSource => async (ring, say, signal) => {
  say('listens to the network of this machine (ip monitor)')
  try {
    await watchKernel(() => ring('the network of this machine changed'), signal)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    say('there is no `ip` command (iproute2): changes of this machine are only seen in the rhythm')
  }
}

/** Runs as long as the router is the same one, and again for the next. */
function whileRouter(
  router: () => Promise<Router | undefined>,
  run: (
    router: Router,
    ring: (because: string) => void,
    say: (text: string) => void,
    signal: AbortSignal,
  ) => Promise<void>,
): HintSource {
  return async (ring, say, signal) => {
    while (!signal.aborted) {
      const now = await router()
      const moved = new AbortController()
      const running =
        now &&
        run(now, ring, say, AbortSignal.any([signal, moved.signal])).catch((error: unknown) => {
          if (!signal.aborted && !moved.signal.aborted) say(reasonOf(error))
        })
      do await sleep(lookForAnother, undefined, { signal }).catch(() => undefined)
      while (!signal.aborted && (await router())?.address === now?.address)
      moved.abort()
      await running
    }
  }
}

const until = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
