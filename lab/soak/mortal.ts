import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { createRequire, syncBuiltinESMExports } from 'node:module'

import { WebSocket } from 'ws'

/**
 * A process that can be killed between any two of its effects. Its effects (files, requests, the journal)
 * are counted; from the one at which it dies on, none of them happens any more and none ever returns,
 * which is what `kill -9` looks like to everybody else.
 */
export type Life = {
  effects: number
  /** It dies before this effect. */
  readonly diesAt: number
  /** Writes to the disk fail from the first of these effects to the second. */
  readonly diskFull: readonly [number, number] | undefined
  died: boolean
  /** Told once, when it dies. */
  onDeath(): void
}

const lives = new AsyncLocalStorage<Life>()

/** Runs something as that process. */
export const live = <T>(life: Life, act: () => T): T => lives.run(life, act)

/** One effect of the life that this runs in; outside of all lives nothing is counted. */
function isDead(): boolean {
  const life = lives.getStore()
  if (!life) return false
  if (!life.died && ++life.effects >= life.diesAt) {
    life.died = true
    life.onDeath()
  }
  return life.died
}

const never = new Promise<never>(() => undefined)

/** What cannot wait, like the journal: the dead stop by throwing, and everything that follows hangs. */
export function mortal<T>(act: () => T): T {
  if (isDead()) throw new Error('killed')
  return act()
}

const fullDisk = (): Error => Object.assign(new Error('no space left'), { code: 'ENOSPC' })

function isFull(): boolean {
  const life = lives.getStore()
  const [from, to] = life?.diskFull ?? [0, 0]
  return life !== undefined && life.effects >= from && life.effects < to
}

/** Makes files, requests and what is said over a WebSocket of this whole process mortal, once. */
export function makeMortal(): void {
  const load = createRequire(import.meta.url)
  const files = load('node:fs/promises') as Record<string, unknown>
  for (const name of ['open', 'rename', 'rm', 'symlink', 'unlink', 'mkdir']) {
    const before = files[name] as (...args: unknown[]) => Promise<unknown>
    files[name] = async (...args: unknown[]) => {
      // Opening to read changes nothing, and neither can a full disk prevent it.
      const writes = name !== 'open' || args[1] !== 'r'
      if (writes && isDead()) return never
      if (writes && isFull() && name !== 'rm' && name !== 'unlink') throw fullDisk()
      return before(...args)
    }
  }
  for (const scheme of ['node:http', 'node:https']) {
    const client = load(scheme) as { request(...args: unknown[]): unknown }
    const before = client.request
    client.request = (...args) => (isDead() ? unanswered() : before(...args))
  }
  syncBuiltinESMExports()
  const socket = WebSocket.prototype as { send(...args: unknown[]): void }
  const { send } = socket
  socket.send = function (...args) {
    if (!isDead()) send.apply(this, args)
  }
}

/** Stands for a request that nobody sends: whoever listens to it hears nothing, ever. */
const unanswered = () =>
  Object.assign(new EventEmitter(), { end: () => undefined, destroy: () => undefined })
