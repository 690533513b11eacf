import { absent, known, unknown, type Fact } from '../../core/fact.ts'
import { reasonOf } from '../../core/problem.ts'
import type { Inside, Observed, Port } from './types.ts'
import { findHttpBlock } from './yaml-find.ts'

/**
 * What Home Assistant says of itself, before and after we knocked as a proxy would: where it refused us, its log has
 * named the address that it saw.
 */
export async function observe(port: Port, signal: AbortSignal): Promise<Observed> {
  const before = await fact(() => port.inside(signal), signal)
  const outside = await fact(() => port.outside(signal), signal)
  const refuses =
    outside.is === 'known' && outside.value.isHomeAssistant && !outside.value.acceptsProxy
  const after =
    refuses && before.is === 'known' ? await fact(() => port.inside(signal), signal) : before
  const files = after.is === 'known' && after.value.http === undefined ? port.yaml : undefined
  const now = port.now()
  return {
    outside,
    inside: after,
    yaml: files === undefined ? absent : await fact(() => findHttpBlock(files), signal),
    refusedAs: refuses ? newPeer(before, after) : undefined,
    pair: await fact(() => port.pair(), signal),
    restartedFor: await port.restartedFor(),
    minuteOfDay: now.getHours() * 60 + now.getMinutes(),
  }
}

/** The one that came up between the two looks; or the only one there is. Of several, nobody can tell. */
function newPeer(before: Fact<Inside>, after: Fact<Inside>): Observed['refusedAs'] {
  if (before.is !== 'known' || after.is !== 'known') return undefined
  const old = new Set(before.value.refusedPeers.map(({ text }) => text))
  const all = [...new Map(after.value.refusedPeers.map((peer) => [peer.text, peer])).values()]
  const fresh = all.filter(({ text }) => !old.has(text))
  const [only, ...more] = fresh.length > 0 ? fresh : all
  return more.length === 0 ? only : undefined
}

async function fact<T>(ask: () => Promise<T | undefined>, signal: AbortSignal): Promise<Fact<T>> {
  try {
    const value = await ask()
    return value === undefined ? absent : known(value)
  } catch (error) {
    signal.throwIfAborted()
    return unknown(reasonOf(error))
  }
}
