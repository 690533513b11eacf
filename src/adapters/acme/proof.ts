import { createHash } from 'node:crypto'

import { seconds } from '../../core/duration.ts'
import { Problem } from '../../core/problem.ts'
import type { Authorization } from './messages.ts'
import { fromDocument } from './problem.ts'

/** How the proofs of dns-01 are shown: published together, waited for together, withdrawn in any case. */
export type Challenges = {
  publish(name: string, value: string, signal: AbortSignal): Promise<void>
  waitUntilServed(name: string, value: string, signal: AbortSignal): Promise<void>
  withdraw(name: string, value: string, signal: AbortSignal): Promise<void>
}

export type Proof = { readonly name: string; readonly text: string; readonly challengeUrl: string }

const cleaningTakes = seconds(30)

/**
 * Publishes the proofs, and lets the CA look at them once every server of the zone serves them: it looks
 * once (Boulder), and a look that comes too early is a failure that counts.
 */
export async function showing(
  proofs: readonly Proof[],
  challenges: Challenges,
  look: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await all(proofs.map(({ name, text }) => challenges.publish(name, text, signal)))
    await all(proofs.map(({ name, text }) => challenges.waitUntilServed(name, text, signal)))
    await look()
  } finally {
    // Also when it was stopped: what lies in the zone is ours to remove.
    const cleaning = AbortSignal.timeout(cleaningTakes)
    await Promise.allSettled(
      proofs.map(({ name, text }) => challenges.withdraw(name, text, cleaning)),
    )
  }
}

/** Like `Promise.all`, but nothing is still under way when it fails: it could publish after the cleaning. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}

/** The TXT record that proves the name (RFC 8555 section 8.4). Unknown challenge types are passed over. */
export function proofOf({ identifier, challenges }: Authorization, thumbprint: string): Proof {
  const challenge = challenges.find(({ type }) => type === 'dns-01')
  if (challenge?.token === undefined || !/^[\w-]+$/.test(challenge.token)) {
    throw new Problem(
      'certificate/no-dns-challenge',
      `the certificate authority offers no dns-01 for ${identifier.value}`,
      { hint: 'use an authority that does, like letsencrypt' },
    )
  }
  const text = createHash('sha256').update(`${challenge.token}.${thumbprint}`).digest('base64url')
  return { name: `_acme-challenge.${identifier.value}`, text, challengeUrl: challenge.url }
}

/** Why an authorization did not become valid, in the CA's words. */
export function notValidated(
  { challenges, identifier, status }: Authorization,
  now: Date,
): Problem {
  const error = challenges.map((challenge) => challenge.error).find((each) => each !== undefined)
  return fromDocument(
    error ?? { type: 'unauthorized', detail: `${identifier.value} is ${status}` },
    now,
  )
}
