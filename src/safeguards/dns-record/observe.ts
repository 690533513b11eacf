import type { Observed, Port } from './types.ts'

/** The zone and all its records: an audit for leaks needs every one of them. */
export async function observe(port: Port, signal: AbortSignal): Promise<Observed> {
  const [zone, records] = await Promise.all([port.zone(signal), port.all(signal)])
  return { zone, records }
}
