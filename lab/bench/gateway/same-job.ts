import { readFile } from 'node:fs/promises'
import { request, type RequestOptions } from 'node:https'
import { text } from 'node:stream/consumers'

import { generate, type Load } from '../../load/generator.ts'
import type { Place } from '../../load/place.ts'

/**
 * Does the contender do the whole job? It must serve the edge with our certificate and set the one forwarded address, and
 * serve nobody without a certificate, with another's, or from outside the ranges; only then does its speed count.
 * Throws with what it does otherwise.
 */
export async function mustDoTheJob(place: Place, who: string, port: number): Promise<void> {
  const served = async (load: Load): Promise<number> => {
    const before = await place.upstream.count()
    const trial = { connections: 1, 'warmup-ms': 0, ms: 150 }
    // It ends with an error when a thousand attempts in a row failed, which is what is hoped for.
    await generate('handshakes', load, trial).catch(() => undefined)
    return (await place.upstream.count()) - before
  }
  if ((await served(place.load(port))) === 0) throw new Error(`${who} does not serve the edge`)
  for (const but of ['without-certificate', 'with-foreign-certificate', 'from-outside'] as const) {
    if ((await served(place.load(port, but))) > 0)
      throw new Error(`${who} serves who comes ${but}: the comparison would be void`)
  }
  const forwarded = await forwardedFor(place.load(port))
  if (forwarded.length !== 1 || forwarded[0] !== visitor)
    throw new Error(
      `${who} forwards for ${forwarded.join(' and ') || 'nobody'}, not for ${visitor}`,
    )
}

const visitor = '203.0.113.77'

/** Every X-Forwarded-For that reaches the upstream when the visitor claims to be somebody else. */
async function forwardedFor({ to, from, name, certificate }: Load): Promise<string[]> {
  if (!certificate) return []
  const options: RequestOptions = {
    ...to,
    localAddress: from,
    servername: name,
    cert: await readFile(certificate.chain),
    key: await readFile(certificate.key),
    rejectUnauthorized: false,
    agent: false,
    path: '/seen',
    headers: { host: name, 'cf-connecting-ip': visitor, 'x-forwarded-for': '10.0.0.1' },
  }
  const head = await new Promise<string>((done, fail) => {
    const asking = request(options, (answer) => void text(answer).then(done, fail))
    asking.once('error', fail)
    asking.end()
  })
  return [...head.matchAll(/^x-forwarded-for: *(.*?) *\r$/gimu)].map(([, value]) => value ?? '')
}
