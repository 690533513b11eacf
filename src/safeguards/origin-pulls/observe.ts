import { absent, known, unknown, type Fact } from '../../core/fact.ts'
import { reasonOf } from '../../core/problem.ts'
import { isIssuedBy, leafOf } from './leaf.ts'
import type { Association, AtEdge, Leaf, Observed, Port } from './types.ts'

export async function observe(
  names: readonly string[],
  port: Port,
  signal: AbortSignal,
): Promise<Observed> {
  const [authority, leaf, accepted, mode] = await Promise.all([
    port.authority(),
    port.leaf(),
    port.accepted(),
    port.mode(),
  ])
  // What an authority of ours before this one signed is ours too.
  const authorities = [...accepted, ...(authority ? [authority.certificatePem] : [])]
  const [certificates, associations] = await Promise.all([
    fact(async () => atEdge(await port.certificates(signal), authorities), signal),
    fact(() => associationsOf(names, port, signal), signal),
  ])
  const ours =
    leaf === undefined || !isIssuedBy(leaf.certificatePem, authority?.certificatePem)
      ? undefined
      : leafOf(leaf.certificatePem)
  return {
    authority: factOf(authority && leafOf(authority.certificatePem)),
    accepted: accepted.flatMap((pem) => leafOf(pem)?.fingerprint ?? []),
    leaf: factOf(ours),
    certificates,
    associations,
    mode,
    seen: ours === undefined ? absent : await port.seen(ours.fingerprint),
    now: port.now(),
  }
}

const factOf = (leaf: Leaf | undefined): Fact<Leaf> => (leaf === undefined ? absent : known(leaf))

function atEdge(
  found: Awaited<ReturnType<Port['certificates']>>,
  authorities: readonly string[],
): AtEdge[] {
  return found.flatMap(({ id, active, certificatePem }) => {
    const leaf = leafOf(certificatePem)
    return leaf === undefined
      ? []
      : [
          {
            ...leaf,
            id,
            active,
            ours: authorities.some((authority) => isIssuedBy(certificatePem, authority)),
          },
        ]
  })
}

async function associationsOf(
  names: readonly string[],
  port: Port,
  signal: AbortSignal,
): Promise<Record<string, Association | undefined>> {
  const pairs = await Promise.all(
    names.map(async (name) => [name, await port.association(name, signal)] as const),
  )
  return Object.fromEntries(pairs)
}

async function fact<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<Fact<T>> {
  try {
    return known(await ask())
  } catch (error) {
    signal.throwIfAborted()
    return unknown(reasonOf(error))
  }
}
