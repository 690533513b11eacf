import { done, type Applied, type Step } from '../../core/safeguard.ts'
import type { Do, Port } from './types.ts'

export async function apply(
  { does }: Step<Do>,
  desiredNames: readonly string[],
  port: Port,
  signal: AbortSignal,
): Promise<Applied> {
  switch (does.verb) {
    case 'rehearse':
      await port.rehearse(does, signal)
      return done
    case 'issue':
      await port.issue({ ...does, replaces: does.replaces !== undefined }, signal)
      return done
    case 'copy':
      await port.copy(does.folder, desiredNames)
      return done
  }
}
