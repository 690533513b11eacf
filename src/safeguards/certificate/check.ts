import { describeDuration, since } from '../../core/duration.ts'
import { finding, unseen, type Finding } from '../../core/finding.ts'
import { holdUntil, renewalState } from './renewal.ts'
import type { Desired, Observed } from './types.ts'

export function check(
  desired: Desired,
  { stored, renewAt, keyReadable, attempts }: Observed,
  now: Date,
): readonly Finding[] {
  if (stored.is !== 'known') {
    return [
      ...failing(attempts, now),
      finding(
        'certificate/missing',
        `there is no certificate for ${desired.names.join(', ')}`,
        'run `gatehouse apply`',
      ),
      ...(
        ['certificate/wrong-name', 'certificate/expired', 'certificate/expires-soon'] as const
      ).map((code) => unseen(code, 'there is no certificate to look at', 'run `gatehouse apply`')),
    ]
  }
  const { names, notAfter } = stored.value
  const missing = desired.names.filter((name) => !names.includes(name))
  const state = renewalState(stored.value, renewAt, now)
  return [
    ...failing(attempts, now),
    ...(missing.length > 0
      ? [
          finding(
            'certificate/wrong-name',
            `the certificate does not cover ${missing.join(', ')}`,
            'run `gatehouse apply`',
          ),
        ]
      : []),
    ...(state === 'ended'
      ? [
          finding(
            'certificate/expired',
            `the certificate ended ${notAfter.toISOString()}`,
            'run `gatehouse apply`',
          ),
        ]
      : []),
    ...(state === 'soon'
      ? [
          finding(
            'certificate/expires-soon',
            `the certificate ends in ${describeDuration(since(now, notAfter))} and should have been renewed`,
            'run `gatehouse apply` to see why it was not',
          ),
        ]
      : []),
    ...(keyReadable
      ? [
          finding(
            'certificate/key-readable',
            'other users of this machine can read the private key',
            'set the mode of the data folder to 700 and of the files in it to 600',
          ),
        ]
      : []),
  ]
}

function failing(attempts: readonly Date[], now: Date): readonly Finding[] {
  const last = attempts.at(-1)
  if (last === undefined) return []
  const next = holdUntil(attempts, now)
  return [
    finding(
      'certificate/renewal-failing',
      `${attempts.length === 1 ? 'an attempt' : `${attempts.length} attempts`} to get a certificate failed, the last one ${last.toISOString()}`,
      next === undefined
        ? 'run `gatehouse apply` to see why'
        : `run \`gatehouse apply\` after ${next.toISOString()} to see why`,
    ),
  ]
}
