import { describeDuration, hours, milliseconds } from '../../core/duration.ts'
import { Problem } from '../../core/problem.ts'
import { directory, read, type Directory } from './messages.ts'
import type { Transport } from './transport.ts'

/** Looks the directory up, and refuses to go on with a clock by which nothing about certificates can be judged. */
export async function fetchDirectory(
  wire: Transport,
  url: string,
  now: () => Date,
  signal: AbortSignal,
): Promise<Directory> {
  const answer = await wire.get(url, signal)
  const found = read(directory, answer.json(), 'directory')
  refuseWrongClock(answer.headers.get('date'), now())
  wire.useNonces(found.newNonce)
  return found
}

/** New certificates begin an hour before they are made (Boulder), so up to an hour does no harm. */
const tolerated = hours(1)

function refuseWrongClock(date: string | undefined, now: Date): void {
  const theirs = Date.parse(date ?? '')
  const off = milliseconds(Math.abs(theirs - now.getTime()))
  if (!(off > tolerated)) return
  throw new Problem(
    'clock/wrong',
    `the clock of this machine is wrong by ${describeDuration(off)}: it says ${now.toISOString()}, the certificate authority ${new Date(theirs).toISOString()}`,
    { hint: 'set the clock (timedatectl set-ntp true) and run the command again' },
  )
}

/**
 * The profile to ask for: the wished one, or `tlsserver` (45 days in 2026) where it is offered, or
 * `undefined` for the CA's default. The directory's list is the only one that counts.
 */
export function chooseProfile(
  wished: string | undefined,
  offered: Readonly<Record<string, string>> = {},
): string | undefined {
  if (wished === undefined) return Object.hasOwn(offered, 'tlsserver') ? 'tlsserver' : undefined
  if (Object.hasOwn(offered, wished)) return wished
  const names = Object.keys(offered)
  throw new Problem(
    'certificate/profile',
    `the certificate authority does not offer the profile ${wished}`,
    {
      hint:
        names.length === 0
          ? 'remove certificate.profile: this authority has none'
          : `set certificate.profile to one of ${names.join(', ')}, or remove it`,
      usage: true,
    },
  )
}
