import { describeAge } from './age.ts'
import { days, type Duration } from './duration.ts'
import { finding, type Finding } from './finding.ts'

/** A person who can sign in to Home Assistant, as an administrator sees them. */
export type User = {
  readonly id: string
  readonly name: string
  readonly isAdmin: boolean
  readonly isActive: boolean
  /** Home Assistant refuses them from outside. */
  readonly localOnly: boolean
}

/** What Home Assistant told a user about themself, once, when they signed in to us. */
export type SecondFactorRecord = {
  readonly name: string
  readonly hasSecondFactor: boolean
  readonly at: Date
}

export type SecondFactor =
  | { readonly is: 'verified'; readonly at: Date }
  | { readonly is: 'not-verified'; readonly at: Date }
  /** Home Assistant tells nobody but the user; so without a sign-in, or long after one, it is not known. */
  | { readonly is: 'unknown'; readonly because: string }

export type Person = User & { readonly secondFactor: SecondFactor }

/** A second factor can be taken off at any time and nobody is told: half a year on, it is looked at again. */
const freshFor: Duration = days(180)

/** What is known of each user's second factor; records of users who are gone count for nobody. */
export const peopleOf = (
  users: readonly User[],
  records: ReadonlyMap<string, SecondFactorRecord>,
  now: Date,
): readonly Person[] =>
  users.map((user) => ({ ...user, secondFactor: secondFactorOf(records.get(user.id), now) }))

function secondFactorOf(record: SecondFactorRecord | undefined, now: Date): SecondFactor {
  if (!record) return { is: 'unknown', because: 'never signed in to Gatehouse to show it' }
  if (!record.hasSecondFactor) return { is: 'not-verified', at: record.at }
  const age = now.getTime() - record.at.getTime()
  return age <= freshFor
    ? { is: 'verified', at: record.at }
    : {
        is: 'unknown',
        because: `was verified ${describeAge(record.at, now)}, which is too long ago`,
      }
}

/** Whom a second factor protects: who may come in from outside. */
export const comesFromOutside = ({ isActive, localOnly }: User): boolean => isActive && !localOnly

/** One finding per user who may come in from outside and is not known to have a second factor. */
export const secondFactorFindings = (people: readonly Person[]): readonly Finding[] =>
  people
    .filter((person) => comesFromOutside(person) && person.secondFactor.is !== 'verified')
    .map(({ name, secondFactor }) =>
      finding(
        'home-assistant/second-factor',
        secondFactor.is === 'unknown'
          ? `whether ${name} has a second factor is not known: ${secondFactor.because}`
          : `${name} can sign in from outside with a password alone`,
        secondFactor.is === 'unknown'
          ? `${name} shows it by signing in on the page of Gatehouse ("Second factor")`
          : `${name} turns it on in Home Assistant (profile, Security, Multi-factor authentication) and then signs in on the page of Gatehouse`,
      ),
    )
