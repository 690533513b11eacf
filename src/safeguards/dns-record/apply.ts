import { couldNotConfirm, done, type Applied, type Step } from '../../core/safeguard.ts'
import { Problem } from '../../core/problem.ts'
import type { Do, Port } from './types.ts'

/** One call of the API. Creating looks first: an earlier try may have got through unheard. */
export async function apply({ does }: Step<Do>, port: Port, signal: AbortSignal): Promise<Applied> {
  switch (does.verb) {
    case 'create': {
      const { name, type, content } = does.record
      const there = await port.named(name, type, signal)
      if (there.some((record) => record.content === content && record.proxied)) return done
      if (there.length > 0)
        return couldNotConfirm(`somebody else made a record ${type} ${name} meanwhile`)
      return unlessUnconfirmed(() => port.create(does.record, signal))
    }
    case 'patch':
      return unlessUnconfirmed(() => port.patch(does.id, does.now, signal))
    case 'delete':
      return unlessUnconfirmed(async () => {
        const there = await port.named(does.was.name, does.was.type, signal)
        if (there.some(({ id }) => id === does.id)) await port.remove(does.id, signal)
      })
  }
}

/** What happened is not known, or the world has moved on: the next look decides. */
const lookAgain: ReadonlySet<string> = new Set(['cloudflare/unconfirmed', 'dns/record-gone'])

async function unlessUnconfirmed(act: () => Promise<unknown>): Promise<Applied> {
  try {
    await act()
    return done
  } catch (error) {
    if (error instanceof Problem && lookAgain.has(error.code)) return couldNotConfirm(error.message)
    throw error
  }
}
