import { describeDuration, milliseconds, minutes, type Duration } from '../../core/duration.ts'
import { Problem } from '../../core/problem.ts'
import { couldNotConfirm, done, type Applied, type Step } from '../../core/safeguard.ts'
import { steady, type Steady } from '../../core/steady.ts'
import { leafOf } from './leaf.ts'
import type { Do, Port } from './types.ts'

export type Patience = { readonly deployedWithin: Duration; readonly seenWithin: Duration }

/** Deploying takes seconds to a minute (observed by others, 2026). */
export const patience: Patience = { deployedWithin: minutes(5), seenWithin: minutes(1) }

export async function apply(
  { does }: Step<Do>,
  port: Port,
  { deployedWithin, seenWithin }: Patience,
  signal: AbortSignal,
): Promise<Applied> {
  switch (does.verb) {
    case 'make-authority':
      await port.makeAuthority()
      return done
    case 'make-leaf':
      await port.makeLeaf()
      return done
    case 'accept':
      await port.acceptOwn(does.alone)
      return done
    case 'upload':
      return upload(port, deployedWithin, signal)
    case 'associate':
      return associate(does.host, port, deployedWithin, signal)
    case 'dissociate': {
      const found = await port.association(does.host, signal)
      if (found?.certificateId !== undefined)
        await port.associate(does.host, found.certificateId, undefined, signal)
      return done
    }
    case 'demand':
      await port.setMode(does.now)
      return done
    case 'see':
      return see(does.host, port, seenWithin, signal)
    case 'remove':
      if ((await port.certificates(signal)).some(({ id }) => id === does.id))
        await port.remove(does.id, signal)
      return done
  }
}

/** Our leaf at the edge, found by its fingerprint: an earlier try may have got through unheard. */
async function atEdge(port: Port, signal: AbortSignal) {
  const leaf = await port.leaf()
  const fingerprint = leaf && leafOf(leaf.certificatePem)?.fingerprint
  if (!leaf || fingerprint === undefined)
    throw new Problem(
      'pulls/no-certificate',
      'the client certificate of the edge is gone from the data folder',
      { hint: 'run `gatehouse apply` again: it makes another' },
    )
  const found = (await port.certificates(signal)).find(
    ({ certificatePem }) => leafOf(certificatePem)?.fingerprint === fingerprint,
  )
  return { leaf, fingerprint, found }
}

async function upload(port: Port, within: Duration, signal: AbortSignal): Promise<Applied> {
  const { leaf, found } = await atEdge(port, signal)
  if (!found) {
    try {
      await port.upload(leaf.certificatePem, leaf.keyPem, signal)
    } catch (error) {
      if (error instanceof Problem && error.code === 'cloudflare/unconfirmed')
        return couldNotConfirm(error.message)
      throw error
    }
  }
  return until(
    async () => (await atEdge(port, signal)).found?.active === true,
    {
      atMost: within,
      because: 'the client certificate is still on its way to the edge',
      time: port.time,
    },
    signal,
  )
}

async function associate(
  host: string,
  port: Port,
  within: Duration,
  signal: AbortSignal,
): Promise<Applied> {
  const { found } = await atEdge(port, signal)
  if (!found) return couldNotConfirm('the client certificate is not at the edge')
  const before = await port.association(host, signal)
  if (before?.certificateId !== found.id || !before.enabled)
    await port.associate(host, found.id, true, signal)
  return until(
    async () => (await port.association(host, signal))?.active === true,
    {
      atMost: within,
      because: `the association of ${host} is still on its way to the edge`,
      time: port.time,
    },
    signal,
  )
}

/** Only a request that came all the way proves that demanding the certificate shuts nobody out. */
async function see(
  host: string,
  port: Port,
  within: Duration,
  signal: AbortSignal,
): Promise<Applied> {
  const { fingerprint } = await atEdge(port, signal)
  let came = ''
  const arrived = await until(
    async () => {
      came = await port.requestThroughEdge(host, signal)
      return (await port.seen(fingerprint)).is === 'known'
    },
    { atMost: within, because: '', time: port.time },
    signal,
  )
  if (arrived.is === 'done') return done
  throw new Problem(
    'pulls/not-seen',
    `no request with our client certificate came to the gateway through the edge within ${describeDuration(within)} (${came})`,
    {
      hint: 'see what `gatehouse plan` says of dns-record, check that the router forwards the port to this machine (`gatehouse firewall show`), and run `gatehouse apply` again; until then the gateway serves without it',
    },
  )
}

type Waiting = {
  readonly atMost: Duration
  /** What is said when it was in vain. */
  readonly because: string
  readonly time: Steady | undefined
}

async function until(
  holds: () => Promise<boolean>,
  { atMost, because, time = steady }: Waiting,
  signal: AbortSignal,
): Promise<Applied> {
  const deadline = time.elapsed() + atMost
  for (let pause = 100; ; pause = Math.min(pause * 1.6, 3000)) {
    if (await holds()) return done
    if (time.elapsed() > deadline) return couldNotConfirm(because)
    await time.rest(milliseconds(pause), signal)
  }
}
