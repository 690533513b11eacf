import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { z } from 'zod'

const collector = z.custom<() => void>((value) => typeof value === 'function')

/** Collects all garbage and gives its pages back; some 30 ms. V8 would wait for pressure that never comes. */
export function giveBackMemory(): void {
  setFlagsFromString('--expose-gc')
  collector.parse(runInNewContext('gc'))()
}
