import type { KeeperStatus } from './status.ts'

/** What the keeper of the same program wrote, as it wrote it: JSON, and nothing in it is foreign. */
export const readStatus = (text: string): KeeperStatus =>
  // Both sides are this program; another version's keeper is told by its own command.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  JSON.parse(text) as KeeperStatus
