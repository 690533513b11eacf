import { days, hours, minutes, type Duration } from '../core/duration.ts'
import type { TaskName } from './schedule.ts'

/**
 * How often each is looked at while nothing happens. Events come on top (an address that changes waits for
 * none of these), and every look costs somebody's calls.
 */
export const rhythms: Readonly<Record<TaskName, Duration | undefined>> = {
  // At home, and the one that others change most: by a person, a restore, an update.
  'home-assistant': minutes(10),
  // The authority says itself when it wants to be asked again; the files are at home.
  certificate: hours(1),
  'edge-rules': minutes(30),
  'port-forward': minutes(15),
  // The one that takes the home off the net, or shows it to everybody.
  'dns-record': minutes(5),
  'origin-pulls': minutes(30),
  'local-dns': minutes(30),
  ranges: days(1),
  proofs: minutes(15),
  network: undefined,
}

/** A run that takes longer is given up. An authority may take ten minutes, and the edge five to deploy. */
export const deadlines: Readonly<Record<TaskName, Duration>> = {
  'home-assistant': minutes(10),
  certificate: minutes(20),
  'edge-rules': minutes(3),
  'port-forward': minutes(3),
  'dns-record': minutes(3),
  'origin-pulls': minutes(20),
  'local-dns': minutes(3),
  ranges: minutes(2),
  proofs: minutes(3),
  network: minutes(1),
}
