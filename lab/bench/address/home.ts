import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { startActor, type Actor } from '../../network/actor.ts'
import type { RouterDeeds } from '../../network/actors/router.ts'
import { addresses } from '../../network/addresses.ts'
import { openLine, startMiniupnpd, type Line } from '../../network/provider.ts'
import { startStory, type StoryHome } from '../../stories/home.ts'
import { checkout } from '../../toolbox/cache.ts'

/** A home that is set up, with a line whose address changes; nobody looks after it yet. */
export type ChangingHome = AsyncDisposable & {
  readonly story: StoryHome
  readonly line: Line
  /** An address that the home never had. */
  next(): string
  /** Starts `gatehouse run`; done when it listens to all that the router offers. */
  keep(): Promise<void>
}

/** With the real miniupnpd as the router, started by that command. */
export async function homeBehindMiniupnpd(command: readonly string[]): Promise<ChangingHome> {
  return await changingHome(async ({ net }) => {
    await startMiniupnpd(net, command)
  })
}

/** With a router that can be made to lie. */
export async function homeBehindLiar(): Promise<
  ChangingHome & { readonly router: Actor<RouterDeeds> }
> {
  let router: Actor<RouterDeeds> | undefined
  const home = await changingHome(async ({ net }, address) => {
    const file = join(checkout, 'lab/network/actors/router.ts')
    router = await startActor<RouterDeeds>(net.router, file, address)
  })
  if (!router) throw new Error('no router')
  return { ...home, router }
}

async function changingHome(
  startRouter: (story: StoryHome, address: string) => Promise<void>,
): Promise<ChangingHome> {
  let given = 0
  const next = (): string => {
    given++
    // Two hundred and fifty to a network, all of the provider's.
    return `11.22.${given > 250 ? 35 : 33}.${((given - 1) % 250) + 1}`
  }
  const story = await startStory({ findsAddresses: true })
  try {
    const first = next()
    const line = await openLine(story.net, first)
    await startRouter(story, first)
    const { code, text } = await story.gatehouse('apply', '--yes')
    if (code !== 0) throw new Error(text)
    return {
      story,
      line,
      next,
      keep: () => keepListening(story),
      async [Symbol.asyncDispose]() {
        line.close()
        await story.close()
      },
    }
  } catch (error) {
    await story.close()
    throw error
  }
}

/** Done when `gatehouse run` listens to the router's events. */
export async function keepListening(story: StoryHome): Promise<void> {
  let said = ''
  await story.keep((text) => (said += text))
  for (
    let tries = 0;
    !said.includes(`listens to events of the router ${addresses.router.lan}`);
    tries++
  ) {
    if (tries > 300) throw new Error(`it does not listen: ${said}`)
    await sleep(100)
  }
  // The first event comes of the subscription itself; a change right behind it would be luck.
  await sleep(1000)
}
