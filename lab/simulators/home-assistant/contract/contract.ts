import { ownerContract } from './owner.ts'
import { proxyContract } from './proxy.ts'
import { storeContract } from './store.ts'
import { tlsContract } from './tls.ts'
import type { Start, World } from './home.ts'
import { visitorContract } from './visitor.ts'

/**
 * What Gatehouse relies on of a Home Assistant. It runs against the real ones and against the simulator: where
 * the simulator differs, the simulator is wrong.
 */
export function contract(name: string, world: World, start: Start): void {
  visitorContract(name, start)
  ownerContract(name, world, start)
  proxyContract(name, world, start)
  if (world === 'store') storeContract(name, start)
  tlsContract(name, world, start)
}
