import type { Family } from '../../core/address.ts'
import { finding, unseen, type Finding } from '../../core/finding.ts'
import { depthBelow } from '../../core/name.ts'
import { comment, isOurs, typeOf, type Desired, type Found, type Observed } from './types.ts'

/** What is wrong with the records of the names, and what else in the zone gives the home away. */
export function check(desired: Desired, observed: Observed): readonly Finding[] {
  return [
    ...zoneFindings(observed),
    ...desired.names.flatMap((name) => nameFindings(name, desired, observed)),
    ...leaks(desired, observed),
  ]
}

function zoneFindings({ zone }: Observed): Finding[] {
  if (zone.paused) {
    return [
      finding(
        'zone/paused',
        `the zone ${zone.name} is paused, so its names answer with the home address`,
        `resume Cloudflare for ${zone.name} (dashboard, Overview, Advanced Actions)`,
      ),
    ]
  }
  if (zone.status === 'active') return []
  const hint =
    zone.status === 'pending'
      ? 'enter the name servers that Cloudflare shows at your registrar'
      : 'look at the overview of the zone in the dashboard'
  return [finding('zone/not-active', `the zone ${zone.name} is ${zone.status}`, hint)]
}

function nameFindings(name: string, desired: Desired, { zone, records }: Observed): Finding[] {
  const here = records.filter(
    (record) => record.name === name && ['A', 'AAAA', 'CNAME'].includes(record.type),
  )
  const findings = (['ipv4', 'ipv6'] as const).flatMap((family) =>
    familyFindings(name, family, desired, here),
  )
  const exposed = here.filter(({ proxied }) => !proxied)
  const foreign = here.filter((record) => !isOurs(record))
  return [
    ...(here.length === 0
      ? [finding('dns/missing', `${name} has no record`, 'run `gatehouse apply`')]
      : []),
    ...exposed.map(({ type, content }) =>
      finding(
        'dns/not-proxied',
        `${type} ${name} publishes ${content}`,
        'run `gatehouse apply`, or switch the record to "Proxied"',
      ),
    ),
    ...foreign.map(({ type, content }) =>
      finding(
        'dns/foreign-record',
        `${type} ${name} → ${content} was not made by Gatehouse`,
        `delete it, or set its comment to "${comment}"`,
      ),
    ),
    ...(depthBelow(name, zone.name) > 1 && zone.type === 'full'
      ? [
          finding(
            'dns/no-edge-certificate',
            `${name} stands more than one label below ${zone.name}, where Universal SSL ends`,
            `use a name like ${name.split('.')[0] ?? 'ha'}.${zone.name}`,
          ),
        ]
      : []),
    ...findings,
  ]
}

function familyFindings(
  name: string,
  family: Family,
  { addresses }: Desired,
  here: readonly Found[],
): Finding[] {
  const type = typeOf[family]
  const mine = here.filter((record) => record.type === type)
  const address = addresses[family]
  const wrong =
    address.is === 'known' ? mine.filter(({ content }) => content !== address.value.text) : []
  return [
    ...(mine.length > 1
      ? [
          finding(
            'dns/duplicate',
            `${name} has ${mine.length} ${type} records`,
            'run `gatehouse apply`',
          ),
        ]
      : []),
    ...(address.is === 'unknown' && mine.length > 0
      ? [
          unseen(
            'dns/wrong-address',
            `whether ${type} ${name} points to this home is not known (${address.because})`,
            'see why the public address is not known',
          ),
        ]
      : []),
    ...wrong.map(({ content }) =>
      finding(
        'dns/wrong-address',
        `${type} ${name} points to ${content}, the home is at ${address.is === 'known' ? address.value.text : ''}`,
        'run `gatehouse apply`',
      ),
    ),
  ]
}

/** Records of any type that name the home's address in clear: whoever reads the zone finds the home. */
function leaks({ names, addresses }: Desired, { records }: Observed): Finding[] {
  const homes = [addresses.ipv4, addresses.ipv6].flatMap((fact) =>
    fact.is === 'known' ? [fact.value.text] : [],
  )
  if (homes.length === 0)
    return [
      unseen(
        'dns/leaks-address',
        'the home address is not known, so the zone could not be searched for it',
        'see why the public address is not known',
      ),
    ]
  const others = records.filter(
    (record) =>
      !record.proxied && !(names.includes(record.name) && ['A', 'AAAA'].includes(record.type)),
  )
  return others.flatMap((record) => {
    const home = homes.find((address) => mentions(record.content, address))
    return home === undefined
      ? []
      : [
          finding(
            'dns/leaks-address',
            `${record.type} ${record.name} publishes the home address ${home}`,
            'switch it to "Proxied", or remove it; an address that was public once stays known',
          ),
        ]
  })
}

/** The address as a word of its own: 192.0.2.1 is not in 192.0.2.10. SPF writes `ip4:` before it. */
const mentions = (content: string, address: string): boolean =>
  content
    .toLowerCase()
    .split(/[^0-9a-z.:]+/)
    .some((word) => word.replace(/^ip[46]:/, '') === address)
