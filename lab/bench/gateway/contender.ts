import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { startChild, type Child } from '../../load/child.ts'
import { pinned } from '../../load/pinned.ts'
import type { Pair } from '../../simulators/pki.ts'
import { gatewayProcessor, type Place } from '../../load/place.ts'

/** A gateway that does the job: TLS 1.3, our client certificate, the ranges, one forwarded header, keep-alive to the upstream. */
export type Contender = {
  readonly port: number
  readonly child: Child
  readonly version: string
  /**
   * Puts another certificate in place and has it taken over, as its manual says it is done without a restart. Answers with
   * the moment of asking, by the monotonic clock in nanoseconds: what goes before (writing files) does not count.
   */
  swap(to: Pair): Promise<bigint>
}

export type StartContender = (place: Place, port: number) => Promise<Contender>

/** Starts a server on the gateway's processor and waits until it accepts connections. */
export async function startServer(
  command: readonly string[],
  at: { readonly host: string; readonly port: number },
  how: Parameters<typeof startChild>[1] = {},
): Promise<Child> {
  const child = startChild(pinned(gatewayProcessor, command), how)
  const until = performance.now() + 20_000
  while (!(await accepts(at))) {
    if (child.process.exitCode !== null || performance.now() > until) {
      await child.stop()
      // It ended by itself, or not in time; either way its own words say why.
      await child.finish()
      throw new Error(`${command.join(' ')} does not listen`)
    }
    await sleep(50)
  }
  return child
}

const accepts = (at: { readonly host: string; readonly port: number }): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(at)
    socket.once('connect', () => done(true)).once('error', () => done(false))
    socket.once('connect', () => socket.destroy())
  })
