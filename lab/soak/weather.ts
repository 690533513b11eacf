import { hours, milliseconds, type Duration } from '../../src/core/duration.ts'
import type { Fire, TriggerSource } from '../../src/keeper/trigger.ts'
import type { Chance } from './chance.ts'
import { theirs } from './checks.ts'
import { name, type SoakHome } from './home.ts'

/** What can happen to a home and to its world. Each says what it did. */
type Happening = (home: SoakHome, chance: Chance, fire: Fire, signal: AbortSignal) => string

export const parties = ['api', 'authority', 'dns', 'home-assistant', 'everybody'] as const

/** A party is away, and comes back by itself. */
const outage: Happening = (home, chance, _fire, signal) => {
  const party = chance.oneOf(parties)
  const lasts = hours(chance.oneOf([1, 6, 24, 48]))
  setAway(home, party, true)
  void home.clock.pause(lasts, signal).then(() => setAway(home, party, false))
  return `${party} is away for ${lasts / hours(1)} h`
}

export function setAway(home: SoakHome, party: (typeof parties)[number], is: boolean): void {
  const all = party === 'everybody'
  if (all || party === 'api') home.cloudflare.api.away(is)
  if (all || party === 'authority') home.authority.away(is)
  if (all || party === 'dns') home.cloudflare.confuse(is)
  if (all || party === 'home-assistant') home.relay.away(is)
}

const newAddress: Happening = (home, chance, fire) => {
  const address = `203.0.113.${chance.whole(1, 254)}`
  home.cloudflare.state.callerAddress.ipv4 = address
  const heard = chance.next() < 0.5
  if (heard) fire({ look: ['dns-record'], because: 'the router announced itself' })
  return `the address is ${address}${heard ? '' : ', and nobody says so'}`
}

const otherRanges: Happening = ({ cloudflare }, chance) => {
  const { ranges } = cloudflare.state
  const at = chance.whole(0, ranges.ipv4.length - 1)
  const range = `198.51.100.${chance.whole(0, 31) * 8}/29`
  if (!ranges.ipv4.includes(range)) ranges.ipv4[at] = range
  ranges.etag = `lab-${chance.whole(2, 1e9)}`
  return `the ranges change: ${range}`
}

/** For a day and a half the list is one that must not be believed. */
const wrongRanges: Happening = (home, chance, _fire, signal) => {
  const { ranges } = home.cloudflare.state
  const right = [...ranges.ipv4]
  ranges.ipv4 = chance.oneOf([[], ['0.0.0.0/0', ...right], ['10.0.0.0/8', ...right]])
  const wrong = ranges.ipv4
  void home.clock
    .pause(hours(36), signal)
    .then(() => (ranges.ipv4 = ranges.ipv4 === wrong ? right : ranges.ipv4))
  return 'the published ranges are wrong'
}

const drift: Happening = ({ zone }, chance) => {
  const ours = zone.records.find((each) => each.name === name && each.type === 'A')
  const what = chance.oneOf(['record gone', 'record elsewhere', 'rule gone', 'pulls gone'])
  if (what === 'record gone') zone.records = zone.records.filter((each) => each !== ours)
  if (what === 'record elsewhere' && ours) ours.content = '203.0.113.255'
  if (what === 'rule gone') for (const set of zone.rulesets.values()) set.rules.splice(0, 1)
  if (what === 'pulls gone') zone.pulls.associations.clear()
  return `somebody changes something: ${what}`
}

const foreignRecord: Happening = ({ zone, clock }, chance) => {
  const id = `foreign-${chance.whole(1, 1e9)}`
  const at = clock.now().toISOString()
  zone.records.push({
    id,
    type: 'A',
    name: `${id}.example.com`,
    content: `192.0.2.${chance.whole(1, 254)}`,
    proxied: false,
    ttl: 1,
    comment: theirs,
    createdOn: at,
    modifiedOn: at,
  })
  return 'somebody adds a record'
}

const incident: Happening = ({ authority }) => {
  authority.urgeRenewal(true)
  return 'the authority wants every certificate renewed now'
}

const sleep: Happening = ({ clock }, chance) => {
  const slept = hours(chance.whole(1, 10))
  clock.jump(slept)
  return `the machine sleeps for ${slept / hours(1)} h`
}

const happenings: readonly [Happening, ...Happening[]] = [
  outage,
  outage,
  newAddress,
  newAddress,
  otherRanges,
  wrongRanges,
  drift,
  drift,
  foreignRecord,
  incident,
  sleep,
]

/** Something happens every `between`, give or take; `tell` hears of it. */
export const weather =
  (
    home: SoakHome,
    chance: Chance,
    between: Duration,
    tell: (says: string) => void,
  ): TriggerSource =>
  async (fire, signal) => {
    for (;;) {
      await home.clock.pause(milliseconds(between * (0.5 + chance.next())), signal)
      if (signal.aborted) return
      const at = home.clock.now().toISOString()
      tell(`${at} ${chance.oneOf(happenings)(home, chance, fire, signal)}`)
    }
  }
