import type { Family } from '../../core/address.ts'
import type { Finding } from '../../core/finding.ts'
import type { Plan, Step } from '../../core/safeguard.ts'
import { isBeyondUniversalSsl, zoneTrouble } from '../../core/zone.ts'
import {
  comment,
  isAddressType,
  isOurs,
  typeOf,
  type Desired,
  type Do,
  type Found,
  type Observed,
} from './types.ts'

/**
 * Exactly one proxied record of ours per name and family, at the home's address. What somebody else
 * made is left, and then nothing of ours is put beside it: two records of a name share its visitors.
 */
export function plan(desired: Desired, { zone, records }: Observed): Plan<Do> {
  const parts = desired.names.map((name) => planName(name, desired, records))
  const steps = parts.flatMap((part) => part.steps)
  const left = [...parts.flatMap((part) => part.left), ...(desired.trouble ?? []).map(said)]
  const trouble = zoneTrouble(zone)
  const notes = [
    ...(trouble ? [`${trouble.says}; ${trouble.hint}`] : []),
    ...desired.names
      .filter((name) => isBeyondUniversalSsl(name, zone))
      .map(
        (name) =>
          `the edge has no certificate for ${name} unless you bought one: Universal SSL ends one label below ${zone.name}; use a name like ${name.split('.')[0] ?? 'ha'}.${zone.name}`,
      ),
  ]
  // A zone that does not proxy answers with what its records say: nothing is published in it.
  if (trouble?.code === 'zone/paused' || trouble?.code === 'zone/not-active') {
    const harmless = steps.filter(({ does }) => does.verb === 'delete' && does.was.type !== 'CNAME')
    const waits = steps.length > harmless.length
    return {
      steps: harmless,
      left: [
        ...notes,
        ...left,
        ...(waits ? ['no address is published until then: it would be visible to everybody'] : []),
      ],
    }
  }
  return {
    steps: [...steps].sort((a, b) => urgency(a.does) - urgency(b.does)),
    left: [...notes, ...left],
  }
}

const said = ({ says, hint }: Finding): string => (hint === undefined ? says : `${says}; ${hint}`)

/**
 * What exposes the home is mended before anything else; apart from that nothing is removed before its
 * successor is there. Only duplicates, families that the home has no more, and a CNAME in the way that
 * was handed over are ever removed.
 */
function urgency(does: Do): number {
  switch (does.verb) {
    case 'patch':
      return does.now.proxied === true ? 0 : 2
    case 'create':
      return 2
    case 'delete':
      return does.was.type === 'CNAME' ? 1 : does.was.proxied ? 3 : 0
  }
}

function planName(name: string, desired: Desired, records: readonly Found[]): Plan<Do> {
  const here = records.filter((record) => record.name === name)
  const foreign = here.filter((record) => !isOurs(record) && isAddressType(record.type))
  const families = (['ipv4', 'ipv6'] as const).map((family) =>
    planFamily(name, family, desired, here, foreign),
  )
  const creates = families.some(({ steps }) => steps.some(({ does }) => does.verb === 'create'))
  // A CNAME stands alone (RFC 1034 section 3.6.2): one that was handed over makes way for its successor.
  const aliases = here.filter((record) => record.type === 'CNAME' && isOurs(record))
  return {
    steps: [...(creates ? aliases.map(remove) : []), ...families.flatMap((part) => part.steps)],
    left: [...foreign.map(foreignRecord), ...families.flatMap((part) => part.left)],
  }
}

const foreignRecord = ({ type, name, content }: Found): string =>
  `${type} ${name} → ${content} was not made by Gatehouse and is left; delete it, or hand it over by setting its comment to "${comment}"`

function planFamily(
  name: string,
  family: Family,
  desired: Desired,
  here: readonly Found[],
  foreign: readonly Found[],
): Plan<Do> {
  const type = typeOf[family]
  const ours = here.filter((record) => record.type === type && isOurs(record))
  const address = desired.addresses[family]
  // Alone: a change that comes with it may be refused, and the home would stay exposed.
  const proxyAgain = (records: readonly Found[]) =>
    records.filter(({ proxied }) => !proxied).map((record) => patch(record, { proxied: true }))
  const leave = (because: string): Plan<Do> => ({
    steps: proxyAgain(ours),
    left: [`${type} ${name} is left as it is: ${because}`],
  })
  if (address.is === 'unknown') return leave(address.because)
  // The edge answers for all A and AAAA of a name as long as one is proxied (Cloudflare docs, "Proxy status").
  const shields = foreign.some(({ proxied }) => !proxied)
  if (address.is === 'absent') {
    return ours.length > 0 && shields
      ? leave("without it the edge would no longer stand before somebody else's record of the name")
      : { steps: ours.map(remove), left: [] }
  }

  const wanted = address.value.text
  const kept = ours.find(({ content }) => content === wanted) ?? ours[0]
  if (kept) {
    if (foreign.some((record) => record.type === type && record.content === wanted))
      return leave(`somebody else's record has the address ${wanted} already`)
    const duplicates = ours.filter((record) => record !== kept)
    return {
      steps: [
        ...proxyAgain([kept]),
        ...(kept.content === wanted ? [] : [patch(kept, { content: wanted })]),
        ...duplicates.map(remove),
      ],
      left: [],
    }
  }
  if (foreign.length > 0) return { steps: [], left: [] }
  const record = { type, name, content: wanted, proxied: true, ttl: 1, comment } as const
  return {
    steps: [
      { says: `create ${type} ${name} → ${wanted}, proxied`, does: { verb: 'create', record } },
    ],
    left: [],
  }
}

function patch(
  record: Found,
  now: { readonly content: string } | { readonly proxied: true },
): Step<Do> {
  const { id, type, name, content, proxied } = record
  const [what, was] =
    'content' in now ? [`${content} → ${now.content}`, { content }] : ['proxied again', { proxied }]
  return {
    says: `update ${type} ${name}: ${what}`,
    does: { verb: 'patch', id, type, name, was, now },
  }
}

const remove = (record: Found): Step<Do> => ({
  says: `delete ${record.type} ${record.name} → ${record.content}`,
  does: { verb: 'delete', id: record.id, was: record },
})
