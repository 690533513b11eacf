import type { Home } from '../compose/home.ts'
import { announcements, kernelEvents, upnpEvents } from '../keeper/address-hints.ts'
import { addressStatus, addressWatch } from '../keeper/address-watch.ts'
import type { Board } from '../keeper/board.ts'
import type { TriggerSource } from '../keeper/trigger.ts'
import type { Context } from './context.ts'
import { sayHears } from './say-run.ts'

/** Whoever can tell that the home has moved: the router and the kernel. What it listens to is said. */
export function addressSource(
  home: Home,
  board: Board,
  random: () => number,
  { now, terminal, paint }: Context,
): TriggerSource {
  const { router } = home.addresses
  return addressWatch({
    book: home.addresses,
    hints: [announcements(router), upnpEvents(router), kernelEvents()],
    now,
    random,
    show: ({ ipv4, ipv6 }) =>
      board.put({ addresses: { ipv4: addressStatus(ipv4), ipv6: addressStatus(ipv6) } }),
    say: (text) => terminal.err(sayHears(text, now(), paint)),
  })
}
