import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { BenchmarkRun } from '../benchmark.ts'
import type { FaultScript, Stage } from './fault-script.ts'
import { homeBehindLiar } from './home.ts'

/**
 * Plays every script of the folder `faults` in one home that is being kept. Wrong is what the API was given that
 * the home never had, a record that went, one that is not the home's at the end, and more writes than changes.
 */
export async function countWrongWrites(
  how: BenchmarkRun,
): Promise<{ readonly scripts: number; readonly wrong: readonly string[] }> {
  const folder = join(import.meta.dirname, 'faults')
  const files = (await readdir(folder)).toSorted()
  const wrong: string[] = []
  await using home = await homeBehindLiar()
  await home.keep()
  const { story, line, router } = home
  const { cloud, name } = story
  for (const file of files) {
    how.signal.throwIfAborted()
    how.progress(`fault: ${file}`)
    const { script } = (await import(join(folder, file))) as { script: FaultScript }
    const truth: string[] = []
    const moves = async (address: string): Promise<void> => {
      truth.push(address)
      await router.says({ external: address })
      line.moveTo(address)
      await router.announce()
      await router.notify()
    }
    const stage: Stage = {
      router,
      cloud,
      home: story.net.home,
      next: () => home.next(),
      moves,
      async drops() {
        line.drop()
        await router.drops()
      },
      current: () => truth.at(-1) ?? '',
      waits: (ms) => sleep(ms),
      async follows(address) {
        if ((await cloud.recordBecame('A', name, address, 30_000)) === undefined)
          throw new Error(`${address} was not there after 30 s`)
      },
    }
    // Each begins with a fresh address and nothing wrong.
    await router.says({ natPmp: 'answers', pcp: 'answers', upnp: 'answers' })
    const start = home.next()
    await moves(start)
    await stage.follows(start)
    await cloud.contents('A', name)
    const complain = (what: string) =>
      wrong.push(`${file.replace(/\.ts$/u, '')} (${script.says}): ${what}`)
    try {
      await script.play(stage)
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error))
    }
    const written = await cloud.contents('A', name)
    for (const content of written.filter((each) => !truth.includes(each)))
      complain(`${content} was written`)
    // One for each change at most; who goes to and fro is written less often.
    if (written.length >= truth.length)
      complain(`${written.length} writes for ${truth.length - 1} changes`)
    await cloud.outside()
    await router.says({ external: line.address() })
    const records = (await cloud.records()).filter((each) => each.startsWith(`A ${name} `))
    if (records.length !== 1 || !records[0]?.endsWith(' proxied'))
      complain(`the record is ${records.join(', ') || 'gone'}`)
  }
  return { scripts: files.length, wrong }
}
