import { hours, milliseconds, minutes } from '../../src/core/duration.ts'
import type { Board } from '../../src/keeper/board.ts'
import type { TriggerSource } from '../../src/keeper/trigger.ts'
import { chanceOf, type Chance } from './chance.ts'
import { notEnded, pairsHeld, recordsHeld, theirs } from './checks.ts'
import { startSoakHome, type SoakHome } from './home.ts'
import { live, makeMortal, type Life } from './mortal.ts'
import { parties, setAway } from './weather.ts'

export type SequenceReport = {
  readonly seed: number
  /** What happened, in order. */
  readonly story: readonly string[]
  readonly violations: readonly string[]
  /** Hours of the home's time from the end of the faults until everything was as wished; `undefined`: never. */
  readonly convergedAfterHours: number | undefined
}

/** After three failed attempts no certificate is asked for in up to six hours; everything else is back within its rhythm. */
const convergesWithin = hours(8)

makeMortal()

/**
 * A home is set up and kept while faults come one after another, in an order that the seed chose; the
 * program is killed between two of its effects again and again. Then the faults end.
 */
export async function sequence(seed: number): Promise<SequenceReport> {
  const chance = chanceOf(seed)
  const home = await startSoakHome({ chance: chanceOf(seed + 1) })
  const story: string[] = []
  try {
    plantForeign(home)
    const lives = chance.whole(2, 4)
    for (let i = 0; i < lives; i++) {
      story.push(...(await liveOnce(home, chance)))
      home.violations.push(...(await held(home)).map((says) => `after life ${i + 1}: ${says}`))
    }
    const converged = await converge(home, chance)
    home.violations.push(...(await held(home)))
    const left = converged === undefined ? ['it did not converge'] : []
    if (home.authority.counts.limited > 0) left.push('a limit of the authority was reached')
    return {
      seed,
      story,
      violations: [...home.violations, ...left],
      convergedAfterHours: converged,
    }
  } finally {
    await home.close()
  }
}

const held = async (home: SoakHome): Promise<string[]> => [
  ...recordsHeld(home),
  ...(await pairsHeld(home)),
  ...(await notEnded(home)),
]

function plantForeign({ zone }: SoakHome): void {
  for (const [id, content] of [
    ['nas', '192.0.2.9'],
    ['blog', '192.0.2.10'],
  ] as const)
    zone.records.push({
      id,
      type: 'A',
      name: `${id}.example.com`,
      content,
      proxied: false,
      ttl: 1,
      comment: theirs,
      createdOn: '',
      modifiedOn: '',
    })
}

type Fault = (home: SoakHome, chance: Chance) => string

const away =
  (party: 'api' | 'authority' | 'dns' | 'home-assistant' | 'everybody'): Fault =>
  (home) => {
    setAway(home, party, true)
    return `${party} is away`
  }

const faults: readonly [Fault, ...Fault[]] = [
  away('api'),
  away('authority'),
  away('dns'),
  away('home-assistant'),
  away('everybody'),
  ({ cloudflare }, chance) => {
    const fault = chance.oneOf(['lost-answer', 'cut', 'empty', 'false-with-200'] as const)
    cloudflare.api.fault(/^(POST|PATCH|PUT|DELETE) /, { is: fault }, chance.whole(1, 6))
    return `the API: ${fault}`
  },
  ({ cloudflare }, chance) => {
    cloudflare.api.fault(/./, { is: 'html', status: 520 }, chance.whole(1, 12))
    return 'the API answers with web pages'
  },
  ({ authority }, chance) => {
    const fault = chance.oneOf([
      'lost',
      'cut',
      'outage',
      'bad-nonce',
      'html',
      'rate-limited',
    ] as const)
    authority.fault(fault, chance.whole(1, 6))
    return `the authority: ${fault}`
  },
  ({ cloudflare }, chance) => {
    const address = `203.0.113.${chance.whole(1, 254)}`
    cloudflare.state.callerAddress.ipv4 = address
    return `the router has ${address}`
  },
  ({ cloudflare }, chance) => {
    const address = chance.oneOf(['100.64.1.2', '10.0.0.2', '198.51.100.9', '0.0.0.0'])
    cloudflare.state.callerAddress.ipv4 = address
    return `somebody says that the address is ${address}`
  },
  (home) => {
    home.zone.records = home.zone.records.filter(({ comment }) => comment === theirs)
    return 'somebody takes our records away'
  },
  ({ clock }, chance) => {
    const by = chance.whole(-3, 9)
    clock.jump(hours(by))
    return `the clock jumps by ${by} h`
  },
]

/** One process, from its start to its death or its end, with faults on the way. */
async function liveOnce(home: SoakHome, chance: Chance): Promise<string[]> {
  const story: string[] = []
  const stop = new AbortController()
  const from = chance.whole(1, 60)
  const dead = Promise.withResolvers<void>()
  const life: Life = {
    effects: 0,
    diesAt: chance.next() < 0.7 ? chance.whole(1, 120) : Number.POSITIVE_INFINITY,
    diskFull: chance.next() < 0.25 ? [from, from + chance.whole(1, 40)] : undefined,
    died: false,
    onDeath: () => dead.resolve(),
  }
  if (life.diskFull) story.push(`the disk is full from effect ${life.diskFull.join(' to ')}`)
  const trouble: TriggerSource = async (fire, signal) => {
    for (let n = chance.whole(1, 4); n > 0 && !signal.aborted; n--) {
      story.push(chance.oneOf(faults)(home, chance))
      if (chance.next() < 0.5) fire({ look: 'all', because: 'something happened' })
      await home.clock.pause(minutes(chance.whole(1, 120)), signal)
      if (chance.next() < 0.5) setAway(home, 'everybody', false)
    }
    stop.abort()
  }
  const { ended } = live(life, () => home.keep([trouble], stop.signal))
  await Promise.race([ended, dead.promise])
  if (life.died) story.push(`killed before effect ${life.effects}`)
  stop.abort()
  home.clock.forget()
  return story
}

/** Runs one more process: for a while with somebody away, so that it has failed and backed off, and then without faults. */
async function converge(home: SoakHome, chance: Chance): Promise<number | undefined> {
  home.cloudflare.state.callerAddress.ipv4 = '203.0.113.7'
  home.cloudflare.api.clearFaults()
  home.authority.clearFaults()
  setAway(home, chance.oneOf(parties), true)
  const stop = new AbortController()
  let began = home.clock.elapsed()
  let after: number | undefined
  let board: Board | undefined
  const watch: TriggerSource = async (_fire, signal) => {
    await home.clock.pause(minutes(chance.whole(0, 180)), signal)
    setAway(home, 'everybody', false)
    began = home.clock.elapsed()
    while (!signal.aborted && home.clock.elapsed() - began < convergesWithin) {
      await home.clock.pause(milliseconds(30_000), signal)
      if (!board || !isAsWished(board, home)) continue
      after = (home.clock.elapsed() - began) / hours(1)
      break
    }
    stop.abort()
  }
  const kept = home.keep([watch], stop.signal)
  board = kept.board
  await kept.ended
  return after
}

function isAsWished(board: Board, { zone }: SoakHome): boolean {
  const looked = board.read().safeguards
  const settled = looked.every(({ lastLook }) =>
    ['as-wished', 'put-back'].includes(lastLook?.outcome ?? ''),
  )
  const codes = new Set(looked.flatMap(({ findings }) => findings).map(({ code }) => code))
  const open = ['certificate/missing', 'pulls/off', 'pulls/not-enforced', 'dns/missing'] as const
  const ours = zone.records.filter(({ comment, type }) => comment !== theirs && type === 'A')
  return (
    settled &&
    open.every((code) => !codes.has(code)) &&
    ours.length === 1 &&
    ours[0]?.content === '203.0.113.7' &&
    ours[0].proxied
  )
}
