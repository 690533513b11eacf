import { absent, known, unknown, type Fact } from '../../core/fact.ts'
import { reasonOf } from '../../core/problem.ts'
import type { Observed, Port } from './types.ts'

export async function observe(port: Port, signal: AbortSignal): Promise<Observed> {
  const [outside, http, core] = await Promise.all([
    fact(() => port.outside(signal), signal),
    fact(() => port.httpState(signal), signal),
    fact(() => port.core(signal), signal),
  ])
  return { outside, http, core }
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
