import { listenToAnnouncements } from '../../../src/adapters/port-mapping/announcements.ts'
import { subscribeToEvents } from '../../../src/adapters/port-mapping/events.ts'
import { portMappingPort } from '../../../src/adapters/port-mapping/nat-pmp.ts'
import { routerAt } from '../../../src/adapters/port-mapping/router.ts'
import { defaultGateway } from '../../../src/adapters/system/default-gateway.ts'
import { perform, type Deeds } from '../actor.ts'

// Our side of what a router says, alone, in the namespace `home`: run by startActor, with the router's address as setup.

const { signal } = new AbortController()

const listener = (address: string) => {
  const now = () => new Date()
  const router = routerAt(address, { now, multicast: true })
  // One that finds nobody at the port of NAT-PMP, and so has to search.
  const byUpnp = routerAt(address, {
    now,
    multicast: true,
    ports: { mapping: portMappingPort + 1 },
  })
  const counts = { announcements: 0, events: 0 }
  return {
    gateway: () => defaultGateway(),
    async word() {
      const word = await router.word(signal)
      return {
        word:
          word.is === 'address'
            ? { ...word, address: word.address.text }
            : { ...word, address: '' },
        beganAnew: router.beganAnew(),
      }
    },
    async wordByUpnp() {
      const word = await byUpnp.word(signal)
      return word.is === 'address' ? word.address.text : word.is
    },
    async listen() {
      await listenToAnnouncements(address, () => counts.announcements++)
      const service = await byUpnp.service(signal)
      if (!service?.events) throw new Error('it has no events')
      await subscribeToEvents(
        address,
        { ...service, events: service.events },
        () => counts.events++,
        signal,
      )
    },
    /** Begins to count anew. */
    heard: () => void Object.assign(counts, { announcements: 0, events: 0 }),
    counted: () => counts,
  } satisfies Deeds
}

export type Listener = ReturnType<typeof listener>

if (process.send) await perform((setup) => Promise.resolve(listener(JSON.parse(setup) as string)))
