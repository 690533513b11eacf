import { startRouter } from '../../simulators/router/router.ts'
import { perform, type Deeds } from '../actor.ts'
import { addresses } from '../addresses.ts'

// A router that tells a shared address, as many do and miniupnpd does not; in the namespace `router`, with that address as setup.

const router = async (external: string) => {
  const started = await startRouter(addresses.router.lan, { external })
  return {
    says(says: Partial<typeof started.says>) {
      Object.assign(started.says, says)
    },
    /** It has no address. JSON has no word for that, so `says` cannot. */
    drops: () => {
      started.says.external = undefined
    },
    /** To everybody at home, as routers do. */
    announce: (old?: string) => started.announce(old, { host: '224.0.0.1', port: 5350 }),
    notify: (old?: string) => started.notify(old),
  } satisfies Deeds
}

export type RouterDeeds = Awaited<ReturnType<typeof router>>

if (process.send) await perform((setup) => router(JSON.parse(setup) as string))
